"""What people said of the rows of a board: a column from a study, and how each metric agrees with it; pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from benchbench.core.record import Score
from benchbench.core.uncertainty import PEOPLE, Uncertainty
from benchbench.leaderboards.rows import Board, Row
from benchbench.stats.correlation import Correlation, spearman
from benchbench.study.record import MethodScores, StudyRecord

HUMAN_REALISM = "human-realism"
"""The column's name."""
VERSION = 1


@dataclass(frozen=True)
class Agreement:
    """A metric beside what people said, over the rows that have both."""

    metric: str
    rows: tuple[int, ...]
    """Their places on the board."""
    correlation: Correlation


def with_people(board: Board, studies: Sequence[StudyRecord]) -> Board:
    """Return the board with the column of the newest study that judged two of its rows or more; as it is without one.

    Rows are joined by the ids of their runs: a study judges the very images that were scored.
    """
    for study in reversed(studies):
        found = {place: scored for place, row in enumerate(board.rows) if (scored := _of_row(row, study)) is not None}
        if study.task.name == board.task and len(found) >= 2:
            rows = tuple(
                dataclasses.replace(row, scores={**row.scores, HUMAN_REALISM: _score(found[place], study)})
                if place in found
                else row
                for place, row in enumerate(board.rows)
            )
            return dataclasses.replace(board, rows=rows, columns=(*board.columns, HUMAN_REALISM))
    return board


def _of_row(row: Row, study: StudyRecord) -> MethodScores | None:
    ids = {record.run_id for record in row.records if record.task.fingerprint == study.task.fingerprint}
    return next(
        (each for each in study.outcome.methods if each.method.run_id in ids and each.get(study.headline)), None
    )


def _score(scored: MethodScores, study: StudyRecord) -> Score:
    """Return a study's headline as a score of a row."""
    measure = scored.get(study.headline)
    assert measure is not None
    interval = measure.crossed or measure.people
    people = study.outcome.people
    setting = study.setting
    exposure = f"{setting.timing.exposure} ms" if setting.timing.exposure else "no time limit"
    excluded = sum(bool(each.reasons) for each in study.conducts)
    detail = (
        f"{study.headline}, design {setting.design}, {exposure}",
        f"{people} people, {excluded} excluded",
        f"study {study.study}",
        study.source,
    )
    return Score(
        id=f"{HUMAN_REALISM}@{VERSION}[{study.study}]",
        metric=HUMAN_REALISM,
        features=None,
        value=measure.value,
        standard_error=interval.standard_error if interval else None,
        uncertainty=Uncertainty(PEOPLE, people, people) if interval else None,
        n=max(1, scored.answers),
        higher_is_better=True,
        interval=(interval.low, interval.high) if interval else None,
        detail=detail,
    )


def agreements(board: Board) -> list[Agreement]:
    """Return each metric's rank correlation with what people said, the strongest first; none without a study."""
    judged = [place for place, row in enumerate(board.rows) if HUMAN_REALISM in row.scores]
    metrics = dict.fromkeys(metric for place in judged for metric in board.rows[place].scores)
    found = []
    for metric in metrics:
        rows = tuple(place for place in judged if metric in board.rows[place].scores)
        if metric == HUMAN_REALISM or len(rows) < 2:
            continue
        own = [board.rows[place].scores[metric].value for place in rows]
        said = [board.rows[place].scores[HUMAN_REALISM].value for place in rows]
        correlation = spearman(own, said)
        if correlation is not None:
            found.append(Agreement(metric, rows, correlation))
    return sorted(found, key=lambda each: -abs(each.correlation.value))
