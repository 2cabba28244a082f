"""The rows that may be the first of an edition, and what must be known of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchbench.core.edition import Edition
from benchbench.core.record import Record
from benchbench.leaderboards.folder import BoardFolder
from benchbench.leaderboards.judged import saw_its_judge
from benchbench.leaderboards.unfinished import doubt


@dataclass(frozen=True)
class Leader:
    """A row that the paired tests cannot tell from the first."""

    label: str
    unfinished: bool = False
    """A training of it is not known to be finished."""
    judged: bool = False
    """A training of it saw the extractor that ranks it."""


def leaders(folder: BoardFolder, edition: Edition) -> tuple[Leader, ...]:
    """Return the rows that may be the first in an edition, best first."""
    first = [each for each in edition.standings if each.best == 1]
    known = folder.records_of(key for each in first for key in each.records)
    return tuple(
        _leader(each.label, [known[key] for key in each.records if key in known], edition.ranked_by) for each in first
    )


def _leader(label: str, records: Sequence[Record], ranked_by: str) -> Leader:
    return Leader(label, any(map(doubt, records)), saw_its_judge(records, ranked_by))
