"""The index that the site's search reads: a script with one line per page, for pages that open from a disk; pure."""

from __future__ import annotations

import json
from collections.abc import Iterable

NAME = "search-index.js"
MOST_LETTERS = 110
"""Of a summary."""


def script(lines: Iterable[tuple[str, str, str, str]]) -> str:
    """Return the script of `(name, kind, page, summary)` lines; pages are from the site's folder."""
    kept = [[name, kind, page, _short(summary)] for name, kind, page, summary in lines]
    return f'"use strict";\nwindow.benchbenchIndex = {json.dumps(kept, separators=(",", ":"))};\n'


def _short(summary: str) -> str:
    return summary if len(summary) <= MOST_LETTERS else summary[: MOST_LETTERS - 1].rstrip() + "…"
