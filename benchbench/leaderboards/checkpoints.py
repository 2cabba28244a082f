"""The other question: not which way of training is better, but which of these very checkpoints; pure.

The same tests as a board's, over conditions alone: a training is not drawn again, so each is a row of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from benchbench.core.record import Record, Score
from benchbench.leaderboards.ranks import Candidate, Range, Tested, by_value, left_open
from benchbench.leaderboards.rows import Board, Row


@dataclass(frozen=True)
class Checkpoint:
    """One training of a row, or a row where nothing was trained."""

    rank: int
    rank_range: Range
    letters: str
    label: str
    seed: int | None
    """Of its training; `None` where the record says nothing of one."""
    score: Score
    """The ranking score."""


@dataclass(frozen=True)
class Checkpoints:
    """Every checkpoint of a board's ranked rows, the best first."""

    task: str
    ranked_by: str
    rows: tuple[Checkpoint, ...]
    tested: Tested | None


def checkpoints(board: Board) -> Checkpoints:
    """Return the checkpoints of the board's ranked rows, tested against each other on the conditions alone."""
    metric = board.ranked_by
    found = [(row, record) for row in board.rows if row.rank is not None for record in row.records]
    found.sort(key=lambda each: by_value(_score(each[1], metric)))
    candidates = [Candidate(row.label, (record,), row.trained) for row, record in found]
    ranges, tests = left_open(candidates, metric, trainings=False)
    letters = tests.letters if tests else ("",) * len(found)
    rows = tuple(
        _checkpoint(place, row, record, metric, rank_range, own)
        for place, ((row, record), rank_range, own) in enumerate(zip(found, ranges, letters, strict=True), 1)
    )
    return Checkpoints(board.task, metric, rows, tests)


def _checkpoint(place: int, row: Row, record: Record, metric: str, rank_range: Range, letters: str) -> Checkpoint:
    return Checkpoint(place, rank_range, letters, row.label, record.training_seed, _score(record, metric))


def _score(record: Record, metric: str) -> Score:
    return next(score for score in record.scores if score.metric == metric)
