"""Fill in the files that pages show, below `<!-- file PATH -->`.

python scripts/shown_files.py docs/tutorial.md
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
BLOCK = re.compile(r"<!-- file (?P<path>\S+) -->\n+(```\w+\n.*?```\n)?", re.DOTALL)
LANGUAGES = {".py": "python", ".toml": "toml"}


def filled(text: str) -> str:
    """Return the text with each file as it stands now."""

    def block(match: re.Match[str]) -> str:
        path = ROOT / match["path"]
        return f"<!-- file {match['path']} -->\n\n```{LANGUAGES[path.suffix]}\n{path.read_text()}```\n"

    return BLOCK.sub(block, text)


for name in sys.argv[1:]:
    page = Path(name)
    page.write_text(filled(page.read_text()))
