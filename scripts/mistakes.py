"""The tables of docs/mistakes.md: what is checked, and what is said of each wrong plugin of tests/gallery.

python scripts/mistakes.py            prints the page with its tables as they are now
python scripts/mistakes.py --write    writes it
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from benchbench.cli.main import main as benchbench
from benchbench.contract import executor, extractor, measuring, metric, protocol, task
from benchbench.contract.findings import Check
from benchbench.contract.subjects import OF_A_METHOD, ON_A_TASK

ROOT = Path(__file__).parent.parent
GALLERY = ROOT / "tests" / "gallery"
PAGE = ROOT / "docs" / "mistakes.md"
BLOCK = re.compile(r"(<!-- (?P<name>\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
CHECKS = {
    "method": (*OF_A_METHOD, *ON_A_TASK),
    "task": task.CHECKS,
    "metric": (*metric.CHECKS, *measuring.CHECKS),
    "extractor": extractor.CHECKS,
    "executor": executor.CHECKS,
    "protocol": protocol.CHECKS,
}
NUMBERS = re.compile(r" \(\d+% of the values[^)]*\)")
"""How far two draws are apart, which is not the same everywhere."""
WORDS = {"hangs": ("--task", "toy-shapes", "--timeout", "1"), "key_error": ("--task", "ring8")}
"""What else is said on the command line, where it is not `--task toy-shapes`."""


@dataclass(frozen=True)
class Outcome:
    """What `benchbench check` makes of a wrong plugin."""

    mistake: str
    code: int
    rows: list[dict[str, str]]
    """The lines that did not pass, as `--json` gives them."""

    @property
    def message(self) -> str:
        """What the first line says that did not pass; failures go before warnings."""
        row = min(self.rows, key=lambda row: row["status"])
        seen = NUMBERS.sub("", row["seen"])
        return (
            f"{seen}; expected {row['expected']}" if row["status"] == "failed" else f"(warning) {seen}; {row['advice']}"
        )


def outcome(path: Path) -> Outcome:
    """Check the plugin of this file, alone in a folder."""
    text = path.read_text()
    usual = ("--task", "toy-shapes") if "benchbench.Method" in text else ()
    here, before = Path.cwd(), os.environ.get("BENCHBENCH_PLUGINS_DIR", "")
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(path, folder)
        os.chdir(folder)
        try:
            words = ["--plugins-dir", folder, "check", path.stem, "--json", *WORDS.get(path.stem, usual)]
            done = CliRunner().invoke(benchbench, words, catch_exceptions=False)
        finally:
            os.chdir(here)
            os.environ["BENCHBENCH_PLUGINS_DIR"] = before
    rows = [row for row in json.loads(done.stdout.replace(f"{folder}/", "")) if row["status"] in ("failed", "warned")]
    mistake = (ast.get_docstring(ast.parse(text)) or "").rstrip(".")
    return Outcome(mistake, done.exit_code, rows)


def mistakes(outcomes: Sequence[Outcome]) -> str:
    """Return the table of mistakes and messages."""
    rows = [f"| {each.mistake} | {_cell(each.message)} |" for each in outcomes]
    return "\n".join(["| mistake | what is said |", "|---|---|", *rows])


def checks(of: Sequence[Check]) -> str:
    """Return the table of the checks of a kind of plugin."""
    rows = [f"| `{check.name}` | {_cell(check.demand.rstrip('.'))} |" for check in of]
    return "\n".join(["| check | what is demanded |", "|---|---|", *rows])


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


def filled(page: str, outcomes: Sequence[Outcome]) -> str:
    """Return the page with its tables as they are now."""
    tables = {"mistakes": mistakes(outcomes), **{kind: checks(of) for kind, of in CHECKS.items()}}
    return BLOCK.sub(lambda block: f"{block[1]}\n{tables[block['name']]}\n\n{block[3]}", page)


def main() -> int:
    """Print the page, or write it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    page = filled(PAGE.read_text(), [outcome(path) for path in sorted(GALLERY.glob("*.py"))])
    if given.write:
        PAGE.write_text(page)
    else:
        print(page, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
