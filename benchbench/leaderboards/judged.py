"""Rows that were trained on the extractor that ranks them, and the ranks that other judges give them; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from benchbench.core.record import Record
from benchbench.core.specification import features_of, name_of
from benchbench.leaderboards.rows import Board, Row

OF_THE_LAW = "law-distance"
"""The metric that knows the law of a task and looks through no extractor."""


@dataclass(frozen=True)
class Standing:
    """A row's rank by the values of one score, without a test."""

    score: str
    rank: int
    of: int
    """How many ranked rows have the score."""


def trained_on(records: Iterable[Record]) -> frozenset[str]:
    """Return the names of the extractors that some training of a row saw in its losses, as its records declare."""
    declared = (record.method.declaration for record in records)
    return frozenset(each.split("@")[0] for found in declared if found for each in found.trained_against or ())


def saw_its_judge(records: Iterable[Record], ranked_by: str) -> bool:
    """Return whether a row was trained on the extractor of the score that ranks it."""
    return features_of(ranked_by) in trained_on(records)


def other_judges(row: Row, board: Board) -> Iterator[Standing]:
    """Yield the row's ranks by what it was not trained on: the ranking score by other extractors, the law itself."""
    seen, family = trained_on(row.records), name_of(board.ranked_by)
    for column in board.columns:
        by_other = name_of(column) == family and features_of(column) not in seen
        if column in row.scores and (by_other or name_of(column) == OF_THE_LAW):
            own = row.scores[column]
            values = [each.scores[column].value for each in board.rows if each.rank and column in each.scores]
            better = sum(value > own.value if own.higher_is_better else value < own.value for value in values)
            yield Standing(column, better + 1, len(values))


def in_words(row: Row, board: Board) -> str:
    """Return who else judges a row that was trained on its judge; empty for other rows.

    As `trained against mini, by which this board ranks; by law-distance it is 25 of 35`.
    """
    if not saw_its_judge(row.records, board.ranked_by):
        return ""
    others = [f"by {each.score} it is {each.rank} of {each.of}" for each in other_judges(row, board)]
    told = ", ".join(others) or "no other extractor has judged it"
    return f"trained against {features_of(board.ranked_by)}, by which this board ranks; {told}"
