"""The scores by condition beside a leaderboard's records: `conditions/<SHA-256>.csv`, each named by its content."""

from __future__ import annotations

from pathlib import Path

from benchbench.core import BenchbenchError
from benchbench.core.record import Record
from benchbench.evaluation.by_condition import ByCondition, parse
from benchbench.system.files import write_text
from benchbench.system.records import digest, read_text

FOLDER = "conditions"


def file_of(records: Path, sha256: str) -> Path:
    """Return where the scores with this hash lie, beside a file of records."""
    return records.with_name(FOLDER) / f"{sha256[:16]}.csv"


def write(records: Path, text: str) -> None:
    """Write scores by condition beside a file of records."""
    path = file_of(records, digest(text))
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, text)


def read(records: Path, record: Record) -> ByCondition | None:
    """Return the scores by condition of a record; `None` where it names none, or they are not there.

    Raise `BenchbenchError` where they are not those that the record names.
    """
    path = file_of(records, record.by_condition)
    if not record.by_condition or not path.is_file():
        return None
    text = read_text(path)
    if digest(text) != record.by_condition:
        raise BenchbenchError(f"{path} was changed: it is not what the record of {record.method.label} names")
    return parse(text, str(path))
