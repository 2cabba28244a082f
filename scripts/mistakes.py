"""The table of docs/mistakes.md: what each wrong plugin of tests/gallery is, and what `benchbench check` says of it.

python scripts/mistakes.py            prints the table
python scripts/mistakes.py --write    puts it, and the table of checks, into docs/mistakes.md
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
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from benchbench.cli.main import main as benchbench

ROOT = Path(__file__).parent.parent
GALLERY = ROOT / "tests" / "gallery"
PAGE = ROOT / "docs" / "mistakes.md"
BLOCK = re.compile(r"(<!-- (checks|mistakes) -->\n).*?(<!-- end -->)", re.DOTALL)
WORDS = {"hangs": ("--timeout", "1"), "key_error": ("--task", "ring8")}
"""What else is said on the command line."""


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
        row = sorted(self.rows, key=lambda row: row["status"])[0]
        return "; ".join([row["seen"], f"expected {row['expected']}" if "expected" in row else row["advice"]])


def outcome(path: Path) -> Outcome:
    """Check the plugin of this file, alone in a folder."""
    words = WORDS.get(path.stem, ("--task", "toy-shapes") if "/methods" in kind(path) else ())
    here, before = Path.cwd(), os.environ.get("BENCHBENCH_PLUGINS_DIR", "")
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(path, folder)
        os.chdir(folder)
        try:
            command = ["--plugins-dir", folder, "check", path.stem, "--json", *words]
            done = CliRunner().invoke(benchbench, command, catch_exceptions=False)
        finally:
            os.chdir(here)
            os.environ["BENCHBENCH_PLUGINS_DIR"] = before
    rows = [row for row in json.loads(done.stdout) if row["status"] in ("failed", "warned")]
    mistake = (ast.get_docstring(ast.parse(path.read_text())) or "").rstrip(".")
    return Outcome(mistake, done.exit_code, rows)
