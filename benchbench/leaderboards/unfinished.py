"""Which rows are of trainings that are not known to be finished, and why."""

from __future__ import annotations

from collections.abc import Iterator

from benchbench.core.record import Record
from benchbench.leaderboards.rows import Row

NO_CURVE = "no validation curve was kept"
"""Of records that say nothing of a curve: those of earlier versions."""
NOTHING_KNOWN = "nothing is known of its training"
_IMAGES = "folder"
"""The method whose checkpoint is a folder of images: what made them is not looked at."""


def doubt(record: Record) -> str:
    """Return why a record's training is not known to be finished; empty where it is, or where nothing was trained."""
    method = record.method
    if method.reference or method.checkpoint is None or method.name == _IMAGES:
        return ""
    if method.training is None:
        return NOTHING_KNOWN
    return "" if method.training.finished else method.training.why or NO_CURVE


def doubts(row: Row) -> dict[str, tuple[int, ...]]:
    """Return the reasons why a row's trainings are not known to be finished, with the seeds of each."""
    found: dict[str, list[int]] = {}
    for reason, record in _doubtful(row):
        found.setdefault(reason, []).append(record.training_seed or 0)
    return {reason: tuple(seeds) for reason, seeds in found.items()}


def is_unfinished(row: Row) -> bool:
    """Return whether a training of the row is not known to be finished."""
    return any(True for _ in _doubtful(row))


def in_words(row: Row) -> str:
    """Return why a row is not known to be finished, in one line; seeds are named where they differ."""
    found = doubts(row)
    total = len(row.records)
    parts = [
        reason if len(seeds) == total else f"{reason} (training seed{'s' * (len(seeds) > 1)} {_listed(seeds)})"
        for reason, seeds in found.items()
    ]
    return "; ".join(parts)


def _listed(seeds: tuple[int, ...]) -> str:
    return ", ".join(map(str, seeds))


def _doubtful(row: Row) -> Iterator[tuple[str, Record]]:
    for record in row.records:
        reason = doubt(record)
        if reason:
            yield reason, record
