"""One page per metric: what it answers, what fools it, what it sees in the calibration, what it is on every board."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchbench.core import Metric
from benchbench.core.record import Score
from benchbench.core.specification import name_of
from benchbench.leaderboards.rows import Board, Row
from benchbench.leaderboards.skills import ORACLE
from benchbench.plugins import registry
from benchbench.publish import text
from benchbench.publish.calibration import mark
from benchbench.publish.site import described
from benchbench.publish.site.shown import Shown
from benchbench.publish.words import BETTER, listed

BEYOND = 2.0
"""Standard errors of a difference beyond which a faulty row is said to beat the truth."""


@dataclass(frozen=True)
class OnBoard:
    """A metric on one board."""

    task: str
    page: str
    metric: str
    """With its extractor."""
    ranks: bool
    truth: str
    """Its value of the true law, where a row draws from that."""
    best: str
    """The label of the ranked row that is best by it; empty where neither side is better."""
    value: str
    fooled: tuple[str, ...]
    """The labels of rows with a known fault that it puts before the true law."""


@dataclass(frozen=True)
class Seen:
    """What one score answers to the faults of one calibration."""

    task: str
    page: str
    metric: str
    marks: tuple[tuple[str, str], ...]
    """Each fault with its sign."""
    sentences: tuple[str, ...]


def on_boards(boards: Sequence[Shown]) -> dict[str, list[OnBoard]]:
    """Return every metric's columns on the boards, by its name."""
    found: dict[str, list[OnBoard]] = {}
    for shown in boards:
        for column in shown.board.columns if shown.board else ():
            assert shown.board is not None
            found.setdefault(name_of(column), []).append(_on_board(shown, shown.board, column))
    return found


def of_metric(kind: type[Metric], columns: Sequence[OnBoard], boards: Sequence[Shown]) -> dict[str, Any]:
    """Return what the page of a metric shows."""
    own = described.words_of(kind)
    return {
        "name": kind.name,
        "summary": kind.summary,
        "words": own,
        "background": [each for each in described.module_words_of(kind) if each not in own],
        "linked": described.linked,
        "facts": facts(kind),
        "columns": columns,
        "seen": seen(kind.name, boards),
    }


def facts(kind: type[Metric]) -> list[tuple[str, str]]:
    """Return titles and values of what the class declares."""
    scope = {
        "condition": "each condition's samples, then the mean over conditions",
        "set": "the samples of all conditions together",
    }
    needs = "none" if not kind.uses_features else kind.extractor or "any; named in square brackets"
    found = [
        ("better", BETTER[kind.higher_is_better] if kind.null is None else f"nearer to {kind.null:g}"),
        ("computed on", scope[kind.scope]),
        ("feature extractor", needs),
        ("under the true law", f"{kind.null:g}, tested against it" if kind.null is not None else ""),
        ("of the truth", f"{kind.truth:g} on every task" if kind.truth is not None else ""),
        ("measures", kind.measures),
        ("version", str(kind.version)),
        ("from", registry().distribution("metrics", kind.name)),
    ]
    return [(title, value) for title, value in found if value]


def seen(name: str, boards: Sequence[Shown]) -> list[Seen]:
    """Return what the calibrations that are here say of a metric, under each extractor."""
    found = []
    for shown in boards:
        marks: dict[str, list[tuple[str, str]]] = {}
        said: dict[str, dict[str, list[str]]] = {}
        for dial in shown.calibration.dials if shown.calibration else ():
            for answer in dial.answers:
                if name_of(answer.metric) == name:
                    marks.setdefault(answer.metric, []).append((dial.dial, mark(answer)))
                    kind = "rewards" if answer.rewards else answer.verdict
                    said.setdefault(answer.metric, {}).setdefault(kind, []).append(dial.dial)
        found += [
            Seen(shown.folder.task, shown.page, metric, tuple(each), tuple(_sentences(said[metric])))
            for metric, each in marks.items()
        ]
    return found


def _sentences(dials: dict[str, list[str]]) -> list[str]:
    says = {
        "sees": "It sees {}.",
        "wrong": "It is fooled by {}: a stronger fault scores better.",
        "rewards": "It answers {} as it would answer more diversity.",
        "blind": "It does not see {}.",
        "flat": "It does not answer {}.",
    }
    return [words.format(listed(dials[kind])) for kind, words in says.items() if kind in dials]


def _on_board(shown: Shown, board: Board, column: str) -> OnBoard:
    rows = [row for row in board.rows if column in row.scores]
    oracle = next((row for row in rows if row.label == ORACLE), None)
    side = next((row.scores[column].higher_is_better for row in rows), None)
    ranked = [row for row in rows if row.rank is not None]
    best = None if side is None else max(ranked, key=lambda row: _good(row.scores[column]), default=None)
    return OnBoard(
        task=shown.folder.task,
        page=shown.page,
        metric=column,
        ranks=column == board.ranked_by,
        truth=text.cell(oracle.scores[column]) if oracle else "",
        best=best.label if best else "",
        value=text.cell(best.scores[column]) if best else "",
        fooled=tuple(_fooled(rows, oracle, column)) if oracle else (),
    )


def _fooled(rows: Sequence[Row], oracle: Row, column: str) -> list[str]:
    """Return the rows with a known fault, which read the answers, that score better than the true law."""
    truth = oracle.scores[column]
    if truth.higher_is_better is None:
        return []
    found = []
    for row in rows:
        score = row.scores[column]
        error = ((score.standard_error or 0.0) ** 2 + (truth.standard_error or 0.0) ** 2) ** 0.5
        if row.rank is None and row is not oracle and _good(score) - _good(truth) > BEYOND * error:
            found.append(row.label)
    return found


def _good(score: Score) -> float:
    return score.value if score.higher_is_better else -score.value
