"""What the plots of a leaderboard's page show, as plain data for a script."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from benchbench.calibration.report import Calibration
from benchbench.core.record import Score
from benchbench.core.specification import features_of, name_of
from benchbench.leaderboards.costs import cost_of
from benchbench.leaderboards.people import HUMAN_REALISM, agreements
from benchbench.leaderboards.rows import Board, Row
from benchbench.leaderboards.skills import ORACLE
from benchbench.leaderboards.unfinished import doubt
from benchbench.plugins import registry
from benchbench.publish.calibration import MARKS
from benchbench.publish.cost import CostColumn
from benchbench.publish.people import correlation
from benchbench.publish.site import zoom
from benchbench.publish.site.data import interval, short
from benchbench.publish.site.pareto import front
from benchbench.publish.text import label, rank
from benchbench.publish.words import ARROWS
from benchbench.specs import find_metric

BEST = 5
"""Ranks whose rows are named on plots however many points there are."""
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def realism_diversity(board: Board) -> dict[str, Any] | None:
    """Return realism against diversity with the front of the ranked rows; `None` where the records lack one of them.

    `truth` is the diversity of the true law, where it is known: 1 for a relative diversity, else that of the oracle.
    The front takes realism and closeness to the truth's diversity or, where that is unknown, diversity itself. A row
    without any realism is never on it.
    """
    realism, diversity = _measure(board, "realism"), _measure(board, "diversity")
    if realism is None or diversity is None:
        return None
    shown = [(place, row) for place, row in enumerate(board.rows) if {realism, diversity} <= row.scores.keys()]
    declared = _truth(diversity)
    truth = _of_oracle(shown, diversity) if declared is None else declared
    ranked = [(place, row) for place, row in shown if row.rank is not None]

    def goodness(row: Row) -> tuple[float, float]:
        value = row.scores[diversity].value
        return (value if truth is None else -abs(value - truth)), row.scores[realism].value

    ranked = [(place, row) for place, row in ranked if row.scores[realism].value > 0]
    best = {ranked[i][0] for i in front([goodness(row) for _, row in ranked])}
    points = _points(board, shown, diversity, realism)
    for point in points:
        point["front"] = point["row"] in best
    return {
        "x": _title(board, diversity),
        "y": _title(board, realism),
        "truth": truth,
        "points": points,
        **zoom.of_points(points),
    }


def energy_parts(board: Board) -> dict[str, Any] | None:
    """Return distance to the truth against spread: the score is the distance less half the spread."""
    score = board.ranked_by if name_of(board.ranked_by) == "energy-score" else _metric(board, "energy-score")
    features = features_of(score or "")
    own = f"[{features}]" if features else ""
    distance, spread = f"distance-to-truth{own}", f"spread{own}"
    shown = [(place, row) for place, row in enumerate(board.rows) if {distance, spread} <= row.scores.keys()]
    if not shown:
        return None
    points = _points(board, shown, spread, distance)
    return {"x": spread, "y": distance, "points": points, **zoom.of_points(points)}


def score_for_cost(board: Board, column: CostColumn) -> dict[str, Any] | None:
    """Return the ranking score against a cost, with the front of the ranked rows; `None` where no row has the cost.

    A row whose realism is 0 is never on the front: nothing is cheaper than noise.
    """
    costs = {place: column.value(cost_of(row)) for place, row in enumerate(board.rows)}
    shown = [
        (place, row, value)
        for place, row in enumerate(board.rows)
        if board.ranked_by in row.scores and (value := costs[place]) is not None and value > 0
    ]
    if not shown:
        return None
    realism = _measure(board, "realism")

    def is_real(row: Row) -> bool:
        return realism is None or realism not in row.scores or row.scores[realism].value > 0

    ranked = [(place, row, value) for place, row, value in shown if row.rank is not None and is_real(row)]
    side = 1 if shown[0][1].scores[board.ranked_by].higher_is_better else -1
    goodness = [(-value, side * row.scores[board.ranked_by].value) for _, row, value in ranked]
    best = {ranked[i][0] for i in front(goodness)}
    points = [
        {
            **_who(board, place, row),
            "front": place in best,
            "x": [short(value), None, None],
            "y": _spot(row.scores[board.ranked_by]),
        }
        for place, row, value in shown
    ]
    return {
        "x": f"{column.axis}{ARROWS[False]}",
        "y": _title(board, board.ranked_by),
        "oracle": short(_of_oracle(list(enumerate(board.rows)), board.ranked_by)),
        "points": points,
        **zoom.of_points(points, logarithmic=True),
    }


def training_curves(board: Board) -> dict[str, Any] | None:
    """Return the validation curve of each training that has one: `[step, value, standard error]` per point."""
    lines = []
    for place, row in enumerate(board.rows):
        for record in row.records:
            training = record.method.training
            if training is not None and training.curve is not None:
                points = [[step, short(value), short(error)] for step, value, error in training.curve.points]
                about = {"seed": training.seed, "why": doubt(record), "score": training.curve.score}
                lines.append({**_who(board, place, row), **about, "points": points})
    if not lines:
        return None
    scores = dict.fromkeys(line["score"] for line in lines)
    title = _title(board, board.ranked_by) if list(scores) == [board.ranked_by] else ", ".join(scores)
    return {"y": title, "lines": lines}


def over_conditions(board: Board) -> dict[str, Any] | None:
    """Return quantiles and mean of the ranking score over conditions, one row each; `None` where no record has them."""
    boxes = []
    for place, row in enumerate(board.rows):
        values = [each.paired.values for each in row.records if each.paired and each.paired.metric == board.ranked_by]
        if not values or len({len(each) for each in values}) > 1:
            continue
        of_conditions = np.mean(np.asarray(values, np.float64), axis=0)
        quantiles = [short(float(each)) for each in np.quantile(of_conditions, QUANTILES)]
        mean = short(float(of_conditions.mean()))
        boxes.append({**_who(board, place, row), "quantiles": quantiles, "mean": mean, "n": len(of_conditions)})
    if not boxes:
        return None
    ends = zoom.window([each for box in boxes for each in (box["quantiles"][0], box["quantiles"][-1])])
    return {
        "metric": board.ranked_by,
        "arrow": _title(board, board.ranked_by),
        "oracle": short(_of_oracle(list(enumerate(board.rows)), board.ranked_by)),
        "boxes": boxes,
        "range": ends,
        "outside": [box["label"] for box in boxes if box["mean"] > ends[1] or box["mean"] < ends[0]],
    }


def agreement_with_people(board: Board) -> dict[str, Any] | None:
    """Return each metric against human realism with their rank correlation; `None` where no study judged the rows."""
    views = {}
    for each in agreements(board):
        shown = [(place, board.rows[place]) for place in each.rows]
        value, interval, number = correlation(each)
        views[each.metric] = {
            "x": _title(board, each.metric),
            "y": _title(board, HUMAN_REALISM),
            "points": _points(board, shown, each.metric, HUMAN_REALISM),
            "correlation": value,
            "interval": interval,
            "methods": number,
        }
    realism = _measure(board, "realism")
    return {"metrics": views, "first": realism if realism in views else next(iter(views))} if views else None


def calibration_curves(calibration: Calibration) -> dict[str, Any]:
    """Return every metric's answer to every dial: settings, values, errors and the verdict."""
    dials = [
        {
            "dial": each.dial,
            "unit": each.unit,
            "answers": {
                answer.metric: {
                    "settings": [step.setting for step in answer.steps],
                    "values": [short(step.value) for step in answer.steps],
                    "errors": [short(step.standard_error) for step in answer.steps],
                    "verdict": answer.verdict,
                    "mark": MARKS[answer.verdict] + "!" * answer.rewards,
                }
                for answer in each.answers
            },
        }
        for each in calibration.dials
        if each.answers
    ]
    arrows = {a.metric: a.metric + ARROWS[a.higher_is_better] for each in calibration.dials for a in each.answers}
    return {"metrics": arrows, "dials": dials}


def _metric(board: Board, name: str) -> str | None:
    """Return the metric of this name that most rows have; the table's own columns first."""
    held = {metric: sum(metric in row.scores for row in board.rows) for metric in _names(board)}
    known = [metric for metric in held if name_of(metric) == name]
    return max(known, key=lambda metric: held[metric], default=None)


def _measure(board: Board, what: str) -> str | None:
    """Return the metric that measures this: one of which the truth is known, else the one that most rows have."""
    held = {metric: sum(metric in row.scores for row in board.rows) for metric in _names(board)}
    found = {metric: find_metric(metric, registry()) for metric in held}
    known = [metric for metric, declared in found.items() if declared is not None and declared.measures == what]
    return max(known, key=lambda metric: (_truth(metric) is not None, held[metric]), default=None)


def _truth(metric: str) -> float | None:
    declared = find_metric(metric, registry())
    return declared.truth if declared else None


def _names(board: Board) -> list[str]:
    return list(dict.fromkeys([*board.columns, *(metric for row in board.rows for metric in row.scores)]))


def _of_oracle(shown: Sequence[tuple[int, Row]], metric: str) -> float | None:
    found = [row.scores[metric].value for _, row in shown if row.label == ORACLE and metric in row.scores]
    return found[0] if found else None


def _title(board: Board, metric: str) -> str:
    score = next(row.scores[metric] for row in board.rows if metric in row.scores)
    return metric + ARROWS[score.higher_is_better]


def _who(board: Board, place: int, row: Row) -> dict[str, Any]:
    return {
        "row": place,
        "label": label(row, board.ranked_by),
        "rank": rank(row),
        "reference": row.rank is None,
        "best": row.rank is not None and row.rank <= BEST,
    }


def _points(board: Board, shown: Sequence[tuple[int, Row]], x: str, y: str) -> list[dict[str, Any]]:
    return [
        {**_who(board, place, row), "front": False, "x": _spot(row.scores[x]), "y": _spot(row.scores[y])}
        for place, row in shown
    ]


def _spot(score: Score) -> list[float | None]:
    """Return the value and its interval."""
    return [short(each) for each in (score.value, *(interval(score) or (None, None)))]
