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
from pathlib import Path

from click.testing import CliRunner

from benchbench.cli.main import main as benchbench

ROOT = Path(__file__).parent.parent
BLOCK = re.compile(r"(<!-- \$ (?P<program>benchbench|python) (?P<words>.*?) -->\n).*?(?P<end><!-- end -->)", re.DOTALL)


def printed(program: str, words: str) -> str:
    """Return what the command prints; raise `RuntimeError` if it fails."""
    if program == "python":
        command = [sys.executable, *shlex.split(words)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"python {words} failed: {done.stderr}")
        return done.stdout
    result = CliRunner().invoke(benchbench, shlex.split(words))
    if result.exit_code:
        raise RuntimeError(f"benchbench {words} failed: {result.output}")
    return result.stdout


def filled(text: str) -> str:
    """Return the text with every block as its command prints it now."""
    return BLOCK.sub(
        lambda block: f"{block[1]}\n{printed(block['program'], block['words']).strip()}\n\n{block['end']}", text
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
