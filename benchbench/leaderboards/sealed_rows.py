"""The rows of a sealed edition beside what they were in public; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchbench.core import BenchbenchError, Task
from benchbench.core.record import Entry, Score
from benchbench.leaderboards.merging import merged
from benchbench.leaderboards.ranks import by_value
from benchbench.leaderboards.rows import Board, Row, make_board
from benchbench.leaderboards.seals import Opening

MOST_ERRORS = 3.0
"""A row that is worse by more than so many standard errors of the difference is marked."""


@dataclass(frozen=True)
class SealedRow:
    """One row of the frozen edition, by its ranking score."""

    row: Row
    """In public."""
    on_draw: Row | None
    """Among the sealed rows, with its rank there; `None` where it was not run."""
    public: Score | None
    """Of the trainings that were run on the draw."""
    sealed: Score | None
    why: str
    """Why it was not run, or not with all of its trainings; empty where all were."""

    @property
    def difference(self) -> float | None:
        """Sealed minus public."""
        return self.sealed.value - self.public.value if self.sealed and self.public else None

    @property
    def error(self) -> float | None:
        """√(a² + b²) of the two standard errors: the two tests share no condition, so nothing is paired."""
        if self.sealed is None or self.public is None:
            return None
        errors = (self.public.standard_error, self.sealed.standard_error)
        return None if None in errors else sum(error**2 for error in errors if error is not None) ** 0.5

    @property
    def errors_worse(self) -> float | None:
        """By how many errors the sealed score is worse; below 0 where it is better, `None` where that is not known."""
        if self.sealed is None or self.sealed.higher_is_better is None or not self.error or self.difference is None:
            return None
        return (-self.difference if self.sealed.higher_is_better else self.difference) / self.error

    @property
    def is_worse(self) -> bool:
        """Whether it is worse by more than `MOST_ERRORS`."""
        return self.errors_worse is not None and self.errors_worse > MOST_ERRORS


def sealed_rows(task: Task, board: Board, opening: Opening, entries: Sequence[Entry]) -> list[SealedRow]:
    """Return the rows of the frozen edition's board, the best on the draw first, those that were not run last.

    `entries` are the records on the draw. A row of several trainings is compared on those that were run. Raise
    `BenchbenchError` where the opening lacks a row, or a record that it lists is not there.
    """
    opened = {each.public: each for each in opening.rows}
    again = {key: row for row in make_board(task, None, entries).rows for key in row.digests}
    by_digest = {entry.digest: entry.record for entry in entries}
    shown = {key for row in board.rows for key in row.digests}
    lacking = [*(shown - opened.keys()), *({each.sealed for each in opening.rows if each.sealed} - by_digest.keys())]
    if lacking:
        raise BenchbenchError(f"a sealed edition of {task.name} lacks {lacking[0][:12]}, which it is made of")
    rows = []
    for row in board.rows:
        own = [(entry, opened[entry.digest]) for entry in row.entries]
        ran = [(entry.record, each.sealed) for entry, each in own if each.sealed]
        public = merged([record for record, _ in ran])[board.ranked_by] if ran else None
        sealed = merged([by_digest[key] for _, key in ran])[board.ranked_by] if ran else None
        on_draw = next((again[key] for _, key in ran if key in again), None)
        reasons = dict.fromkeys(each.why for _, each in own if each.why)
        rows.append(SealedRow(row, on_draw, public, sealed, "; ".join(reasons)))
    return sorted(rows, key=lambda each: by_value(each.sealed) if each.sealed else float("inf"))
