"""Whether the samples of each row are calibrated: numbers with a null, tested against it, and rank histograms; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchbench.core.record import Score
from benchbench.leaderboards.rows import Board, Row
from benchbench.plugins import registry
from benchbench.publish.words import number
from benchbench.specs import find_metric
from benchbench.stats.nulls import degrees_of, departure
from benchbench.stats.paired import LEVEL
from benchbench.stats.ranking import holm

HEIGHT, WIDTH = 24, 4
"""Of a histogram: in units of its picture, a flat one is half as high, and each bar so wide."""


@dataclass(frozen=True)
class Cell:
    """A number beside its null."""

    text: str
    departs: bool
    """From its null, at 5 % after Holm's correction over the row."""


@dataclass(frozen=True)
class Bars:
    """One histogram."""

    heights: tuple[float, ...]
    """Of the bars, from 0 to `HEIGHT`, where half is what a flat one has."""
    counts: tuple[int, ...]


@dataclass(frozen=True)
class Line:
    """One row of the table."""

    label: str
    cells: tuple[Cell | None, ...]
    histograms: tuple[Bars | None, ...]


@dataclass(frozen=True)
class Ranks:
    """The whole section."""

    tested: tuple[tuple[str, float], ...]
    """The metrics with a null, and that."""
    drawn: tuple[str, ...]
    """The metrics with a histogram."""
    lines: tuple[Line, ...]


def of_samples(board: Board) -> Ranks | None:
    """Return the section of a board; `None` where no record holds such a number."""
    names = dict.fromkeys(metric for row in board.rows for metric in row.scores)
    nulls = {metric: null for metric in names if (null := _null(metric)) is not None}
    drawn = tuple(metric for metric in names if any(_counts(row, metric) for row in board.rows))
    if not nulls and not drawn:
        return None
    shown = [row for row in board.rows if any(metric in row.scores for metric in (*nulls, *drawn))]
    lines = tuple(
        Line(row.label, _cells(row, nulls), tuple(_bars(_counts(row, metric)) for metric in drawn)) for row in shown
    )
    return Ranks(tuple(nulls.items()), drawn, lines)


def _null(metric: str) -> float | None:
    declared = find_metric(metric, registry())
    return declared.null if declared else None


def _cells(row: Row, nulls: dict[str, float]) -> tuple[Cell | None, ...]:
    """Return the numbers of a row, each with its test."""
    p = {metric: _p(row.scores[metric], null) for metric, null in nulls.items() if metric in row.scores}
    tested = {metric: value for metric, value in p.items() if value is not None}
    adjusted = dict(zip(tested, holm(list(tested.values())), strict=True))
    return tuple(
        Cell(number(row.scores[metric].value, row.scores[metric].standard_error), adjusted.get(metric, 1) <= LEVEL)
        if metric in row.scores
        else None
        for metric in nulls
    )


def _p(score: Score, null: float) -> float | None:
    if score.uncertainty is None:
        return None
    return departure(score.value, score.standard_error, degrees_of(score.uncertainty), null)


def _counts(row: Row, metric: str) -> tuple[int, ...]:
    """Return the counts of all trainings of a row together; empty where their bins differ or there are none."""
    found = [score.histogram for record in row.records for score in record.scores if score.metric == metric]
    if not found or len({len(each) for each in found}) > 1:
        return ()
    return tuple(sum(column) for column in zip(*found, strict=True))


def _bars(counts: Sequence[int]) -> Bars | None:
    total = sum(counts)
    if not total:
        return None
    heights = tuple(round(min(HEIGHT, HEIGHT / 2 * each * len(counts) / total), 1) for each in counts)
    return Bars(heights, tuple(counts))
