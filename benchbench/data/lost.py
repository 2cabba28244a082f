"""Where a data set's files lie when they are not where they should be: for messages, so the search is short."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchbench.data.source import either, lacking
from benchbench.system.regular import is_litter, shown

MOST_FOLDERS = 2000
"""That are looked into."""


def lies(layout: Iterable[str], places: Sequence[Path]) -> str:
    """Return `; X lies in FOLDER` of the first part of a layout that stands elsewhere; empty where none does."""
    for part in lacking(layout, places) or list(layout):
        for name in (each.rsplit("/", 1)[-1] for each in part.split("|")):
            found = next((path for place in places if (path := find(place, name))), None)
            if found is not None and not any(either(place, part) for place in places):
                return f"; {name} lies in {shown(found.parent)}"
    return ""


def where_lost(folder: Path, bad: Sequence[str]) -> str:
    """Return `; NAME lies in FOLDER` of the first file that is said to be `not there`, if it is found deeper."""
    missing = next((line.rsplit(":", 1)[0] for line in bad if line.endswith(": not there")), None)
    if missing is None:
        return ""
    name = missing.rsplit("/", 1)[-1]
    found = find(folder, name)
    return f"; {name} lies in {shown(found.parent)}" if found else ""


def find(folder: Path, name: str) -> Path | None:
    """Return the nearest file or folder of this name under a folder; `None` where it is not in the first folders."""
    waiting = deque([folder])
    for _ in range(MOST_FOLDERS):
        if not waiting:
            return None
        place = waiting.popleft()
        try:
            entries = sorted(os.scandir(place), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            if entry.name == name:
                return Path(entry.path)
        waiting += [
            Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False) and not is_litter(entry.name)
        ]
    return None
