"""Whether a board's ranking stands under other extractors and on halves of its conditions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchbench.core import MissingData
from benchbench.core.specification import features_of, name_of
from benchbench.leaderboards.judged import trained_on
from benchbench.leaderboards.rows import Board, Row
from benchbench.leaderboards.sides import Found, read
from benchbench.stats.stability import Stability, stability


@dataclass(frozen=True)
class _Scored:
    """A row's values by condition."""

    label: str
    values: Mapping[str, np.ndarray]
    """By extractor, `float64[n]`: the ranking score under it, the mean over trainings."""
    groups: tuple[int, ...]
    trained_on: frozenset[str]


def of_records(board: Board) -> Stability | None:
    """Return how the ranking stands by what records hold: the ranking score of each condition, under one extractor.

    `None` for fewer than two ranked rows with such values of the same conditions.
    """
    scored = []
    for row in _ranked(board):
        paired = [record.paired for record in row.records]
        if any(each is None or each.metric != board.ranked_by for each in paired):
            continue
        known = [each for each in paired if each is not None]
        mean = np.mean([each.values for each in known], axis=0)
        scored.append(_Scored(row.label, {_extractor(board.ranked_by): mean}, known[0].groups, trained_on(row.records)))
    alike = [each for each in scored if each.groups == scored[0].groups]
    return _of(board, alike) if len(alike) > 1 else None


def of_runs(board: Board, paths: Mapping[str, Path]) -> Stability:
    """Return how the ranking stands by what lies beside the records, under all extractors that all rows have.

    `paths` has the file of each record by run id. Raise `BenchbenchError` where rows have other conditions.
    """
    rows = _ranked(board)
    if len(rows) < 2:
        raise MissingData(f"the board of {board.task} has fewer than two ranked rows: there is no ranking")
    sides = read([[Found(paths[record.run_id], record) for record in row.records] for row in rows])
    family = name_of(board.ranked_by)
    scored = []
    for row, side in zip(rows, sides, strict=True):
        own = {metric: np.mean(values, axis=0) for metric, values in side.values.items() if name_of(metric) == family}
        by_extractor = {_extractor(metric): values for metric, values in own.items()}
        scored.append(_Scored(row.label, by_extractor, side.groups, trained_on(row.records)))
    return _of(board, scored)


def _ranked(board: Board) -> list[Row]:
    return [row for row in board.rows if row.rank is not None]


def _of(board: Board, scored: Sequence[_Scored]) -> Stability:
    common = [each for each in scored[0].values if all(each in other.values for other in scored)]
    values = {each: {row.label: row.values[each] for row in scored} for each in common}
    higher = next(s.higher_is_better for row in board.rows for m, s in row.scores.items() if m == board.ranked_by)
    return stability(values, scored[0].groups, higher is True, {row.label: sorted(row.trained_on) for row in scored})


def _extractor(specification: str) -> str:
    """Return a score's extractor, or the score itself where it has none."""
    return features_of(specification) or specification
