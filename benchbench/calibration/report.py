"""Calibration: how each metric answers faults that are turned up step by step; pure."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from benchbench.calibration.answers import ROUNDING, Change, Verdict, conditions_needed, verdict
from benchbench.core import BenchbenchError
from benchbench.core.record import Record, RecordedProtocol, RecordedTask, Score
from benchbench.core.specification import name_of
from benchbench.core.uncertainty import Uncertainty
from benchbench.stats.estimates import mean_estimate

if TYPE_CHECKING:
    import pandas

SPREAD = "collapse"
"""The fault whose answer says which way a metric without a better side is read: what falls with it is diversity."""


@dataclass(frozen=True)
class Measured:
    """One step of a dial, as it was recorded."""

    setting: float
    record: Record
    table: pandas.DataFrame
    """The condition scores: `id`, `group`, and one column per condition metric."""


@dataclass(frozen=True)
class NotMeasured:
    """Why a step of a dial has no scores."""

    status: str
    """`skipped` where the task cannot serve the dial, or `failed`."""
    reason: str

    def __str__(self) -> str:
        return self.reason if self.status == "skipped" else f"{self.status}: {self.reason}"


@dataclass(frozen=True)
class Step:
    """A metric at one setting of a dial."""

    setting: float
    value: float
    standard_error: float | None
    from_rest: Change
    from_before: Change
    conditions_needed: int | None
    """To tell it from the step before; `None` at rest, without a difference and without an error."""
    histogram: tuple[int, ...] = ()
    """How many of its values fall into each bin, where the metric shows them."""


@dataclass(frozen=True)
class Answer:
    """How a metric answers one dial."""

    metric: str
    higher_is_better: bool | None
    paired: bool
    """Steps are compared condition by condition; if not, as if their errors were independent."""
    steps: tuple[Step, ...]
    verdict: Verdict
    since: float | None
    """The first setting distinguishable from rest or, where it goes wrong, better than an earlier one."""
    rewards: bool = False
    """It has no better side, but moves the way that more diversity would move it."""
    null: float | None = None
    """What the true law has, where the metric is judged by its distance from that."""


@dataclass(frozen=True)
class Turned:
    """One dial with every metric's answer, or the reason why the task cannot serve it."""

    dial: str
    unit: str
    answers: tuple[Answer, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class Calibration:
    """What every metric answers to every dial."""

    task: RecordedTask
    protocol: RecordedProtocol
    seed: int
    rest: str
    """What the dial gives at rest, in words."""
    uncertainties: tuple[Uncertainty, ...]
    """What the errors are."""
    dials: tuple[Turned, ...]


def calibrate(
    steps: Mapping[str, Sequence[Measured] | NotMeasured],
    units: Mapping[str, str],
    rest: str,
    nulls: Mapping[str, float] = MappingProxyType({}),
) -> Calibration:
    """Return the answers of every metric to every dial, given its steps from rest on, or why there are none.

    Metrics of which `nulls` says by name what the true law has are judged by their distance from it.
    """
    measured = [found for found in steps.values() if not isinstance(found, NotMeasured)]
    if not measured:
        raise BenchbenchError("no dial can be turned: " + "; ".join(f"{dial}: {why}" for dial, why in steps.items()))
    scales = _scales([step for found in measured for step in found])
    turned = [
        Turned(dial, units[dial], reason=str(found))
        if isinstance(found, NotMeasured)
        else Turned(dial, units[dial], _answers(dial, found, scales, nulls))
        for dial, found in steps.items()
    ]
    record = measured[0][0].record
    kinds = dict.fromkeys(score.uncertainty for score in record.scores if score.uncertainty is not None)
    return Calibration(record.task, record.protocol, record.seed, rest, tuple(kinds), _with_rewards(turned))


def _scales(steps: Sequence[Measured]) -> dict[str, float]:
    """Return the largest absolute value of each metric, of all steps and conditions."""
    scales: dict[str, float] = {}
    for step in steps:
        for score in step.record.scores:
            name = score.metric
            largest = float(step.table[name].abs().max()) if name in step.table else abs(score.value)
            scales[name] = max(scales.get(name, 0.0), largest)
    return scales


def _answers(
    dial: str, steps: Sequence[Measured], scales: Mapping[str, float], nulls: Mapping[str, float]
) -> tuple[Answer, ...]:
    ids = [list(step.table["id"]) for step in steps]
    if any(each != ids[0] for each in ids):
        raise BenchbenchError(f"the steps of {dial} are of different conditions: run them again")
    scores = [{score.metric: score for score in step.record.scores} for step in steps]
    common = [metric for metric in scores[0] if all(metric in each for each in scores)]
    return tuple(
        _answer(steps, [each[metric] for each in scores], ROUNDING * scales[metric], nulls.get(name_of(metric)))
        for metric in common
    )


def _answer(steps: Sequence[Measured], scores: Sequence[Score], rounding: float, null: float | None) -> Answer:
    """Return the answer of one metric; what has a null is worse the farther it is from that, on either side."""
    first = scores[0]
    signs = [1.0 if null is None else math.copysign(1, score.value - null) for score in scores]
    paired = all(first.metric in step.table for step in steps)
    number = range(len(steps))
    if paired:
        groups = list(steps[0].table["group"])
        columns = [step.table[first.metric].to_numpy(np.float64) for step in steps]
        values = [sign * (column - (null or 0)) for sign, column in zip(signs, columns, strict=True)]
        changes = [[_paired_change(values[i], values[j], groups, rounding) for j in number] for i in number]
    else:
        away = [
            dataclasses.replace(score, value=sign * (score.value - (null or 0)))
            for sign, score in zip(signs, scores, strict=True)
        ]
        changes = [[_independent_change(away[i], away[j], rounding) for j in number] for i in number]
    found = [
        Step(
            step.setting,
            score.value,
            score.standard_error,
            changes[0][i],
            changes[max(i - 1, 0)][i],
            conditions_needed(changes[i - 1][i], len(step.table)) if i else None,
            score.histogram,
        )
        for i, (step, score) in enumerate(zip(steps, scores, strict=True))
    ]
    name, place = verdict(changes, first.higher_is_better if null is None else False)
    since = None if place is None else steps[place].setting
    return Answer(first.metric, first.higher_is_better, paired, tuple(found), name, since, null=null)


def _paired_change(before: np.ndarray, after: np.ndarray, groups: Sequence[str], rounding: float) -> Change:
    differences = after - before
    differences[np.abs(differences) <= rounding] = 0
    estimate = mean_estimate(differences, groups)
    return Change(estimate.value, estimate.standard_error)


def _independent_change(before: Score, after: Score, rounding: float) -> Change:
    value = after.value - before.value
    value = 0.0 if abs(value) <= rounding else value
    if before.standard_error is None or after.standard_error is None:
        return Change(value, None)
    if before is after:
        return Change(0.0, 0.0)
    return Change(value, math.hypot(before.standard_error, after.standard_error))


def _with_rewards(dials: Sequence[Turned]) -> tuple[Turned, ...]:
    """Return the dials with a mark where a metric moves against its answer to collapse, as more diversity would."""
    collapse = [answer for each in dials if each.dial == SPREAD for answer in each.answers]
    against = {"falls": "rises", "rises": "falls"}
    praise = {answer.metric: against[answer.verdict] for answer in collapse if answer.verdict in against}
    return tuple(
        dataclasses.replace(
            each,
            answers=tuple(
                dataclasses.replace(answer, rewards=answer.verdict == praise.get(answer.metric))
                for answer in each.answers
            ),
        )
        for each in dials
    )
