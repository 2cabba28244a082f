"""Fill the generated parts of Markdown files: what stands between `<!-- $ COMMAND -->` and `<!-- end -->`.

A command is `benchbench …` or `python scripts/…`, in the folder of the repository.

python scripts/generated.py README.md docs/*.md          writes what the commands print
python scripts/generated.py --check README.md            fails where something else stands
"""

from __future__ import annotations

import argparse
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from click.testing import CliRunner

from benchbench.cli.main import main as benchbench

ROOT = Path(__file__).parent.parent
BLOCK = re.compile(r"(<!-- \$ (?P<program>benchbench|python) (?P<words>.*?) -->\n).*?(?P<end><!-- end -->)", re.DOTALL)


Run = Callable[[Sequence[str]], "subprocess.CompletedProcess[str]"]
"""What runs `python WORDS…` in the folder of the repository."""


def python(words: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run `python WORDS…` in a new interpreter."""
    return subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, text=True, check=False)


def printed(program: str, words: str, run: Run) -> str:
    """Return what the command prints; raise `RuntimeError` if it fails."""
    if program == "python":
        done = run(shlex.split(words))
        if done.returncode:
            raise RuntimeError(f"python {words} failed: {done.stderr}")
        return done.stdout
    result = CliRunner().invoke(benchbench, shlex.split(words))
    if result.exit_code:
        raise RuntimeError(f"benchbench {words} failed: {result.output}")
    return result.stdout


def filled(text: str, run: Run = python) -> str:
    """Return the text with every block as its command prints it now."""
    return BLOCK.sub(
        lambda block: f"{block[1]}\n{printed(block['program'], block['words'], run).strip()}\n\n{block['end']}", text
    )


def main() -> int:
    """Write or check the files; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args()
    stale = [path for path in given.files if filled(path.read_text()) != path.read_text()]
    for path in stale:
        if given.check:
            print(f"{path} is out of date: run python scripts/generated.py {path}", file=sys.stderr)
        else:
            path.write_text(filled(path.read_text()))
    return int(given.check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
