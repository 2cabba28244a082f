"""Records in files: one `record.json` per run directory, or one line each in a `.jsonl`."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchbench.core import BenchbenchError
from benchbench.core.record import SAME_FIELDS, Entry, Record
from benchbench.core.record_json import parse_record
from benchbench.system.sums import require_whole

RECORD = "record.json"


def digest(content: str) -> str:
    """Return the SHA-256 of a text."""
    return hashlib.sha256(content.encode()).hexdigest()


def read_text(path: Path) -> str:
    """Return the text of a file; raise `BenchbenchError` where it cannot be read or is not text."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BenchbenchError(f"{path} cannot be read ({error})") from None


def object_in(path: Path) -> dict[str, Any]:
    """Return the object of a JSON file that is for people, such as `run.json`; empty where the file holds none."""
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def read_record(path: Path) -> Record:
    """Return the validated record of a JSON file; raise `BenchbenchError` that names what is wrong.

    Raise `Damaged` where the checksums beside it are of another content.
    """
    if path.name == RECORD:
        require_whole(path, "run it again with --force")
    return parse_record(read_text(path), str(path))


def read_run(run: Path) -> Record:
    """Return the record of a run directory; raise `BenchbenchError` where there is none.

    Records of schema 2 lack the batch size of methods whose samples depend on it; it then comes from `run.json`.
    """
    path = run / RECORD
    if not path.is_file():
        raise BenchbenchError(f"{run} is not a run directory: it has no record.json")
    record = read_record(path)
    if record.schema >= SAME_FIELDS:
        return record
    size = object_in(run / "run.json").get("batch_size")
    return dataclasses.replace(record, batch_size=size if type(size) is int else None)


def read_entries(path: Path) -> list[Entry]:
    """Return the records of a `.jsonl` file with the SHA-256 of their lines; blank lines are left out."""
    return [
        Entry(digest(line), parse_record(line, f"{path}:{number}"))
        for number, line in enumerate(read_text(path).splitlines(), 1)
        if line.strip()
    ]


def find_records(root: Path) -> list[tuple[Path, Record]]:
    """Return every record under a folder of runs, or in a `.jsonl` file, in the order of their paths."""
    if root.is_file():
        return [(root, entry.record) for entry in read_entries(root)]
    return [(path, read_record(path)) for path in record_files(root)]


def find_all(roots: Iterable[Path]) -> list[tuple[Path, Record]]:
    """Return every record under several folders of runs or in several files, each once where one lies in another."""
    found: dict[tuple[Path, int], tuple[Path, Record]] = {}
    for root in roots:
        for place, (path, record) in enumerate(find_records(root)):
            found.setdefault((path.resolve(), place if root.is_file() else 0), (path, record))
    return list(found.values())


def record_files(root: Path) -> list[Path]:
    """Return the file of every record under a folder of runs, in the order of their paths."""
    return sorted(root.glob(f"**/{RECORD}"))
