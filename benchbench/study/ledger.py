"""The log of a study: lines of JSON that are only appended, each on the disk before it is acknowledged."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from benchbench.core import BenchbenchError
from benchbench.system.files import writing


def read_log(path: Path) -> list[dict[str, Any]]:
    """Return the whole lines of a log, none where it is not there; raise `BenchbenchError` where one is damaged.

    A last line without its end was never acknowledged, and is left out.
    """
    if not path.is_file():
        return []
    *lines, _ = path.read_bytes().split(b"\n")
    found = []
    for number, line in enumerate(lines, 1):
        try:
            fields = json.loads(line)
        except ValueError:
            fields = None
        if not isinstance(fields, dict):
            raise BenchbenchError(f"{path}:{number} is damaged; restore the file")
        found.append(fields)
    return found


class Ledger:
    """An open log; the caller holds the study, so that nobody else writes to it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self.lines = read_log(path)
        self._cut_torn_line()

    def append(self, line: dict[str, Any]) -> None:
        """Append a line and wait until the disk has it; raise `BenchbenchError` and leave nothing where it fails."""
        content = json.dumps(line, separators=(",", ":"), allow_nan=False).encode() + b"\n"
        with writing(self.path), self.path.open("ab") as file:
            before = file.seek(0, os.SEEK_END)
            try:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            except OSError:
                os.truncate(self.path, before)
                raise
        self.lines.append(line)

    def _cut_torn_line(self) -> None:
        """Remove what a killed process left of a line."""
        if self.path.is_file():
            content = self.path.read_bytes()
            if content and not content.endswith(b"\n"):
                os.truncate(self.path, content.rfind(b"\n") + 1)
