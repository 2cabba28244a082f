"""From the condition scores and the views of all conditions to a run's scores with their errors."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from benchbench.core import (
    BenchbenchError,
    ConditionMetric,
    Estimate,
    Example,
    FeatureSet,
    SampleSet,
    SetMetric,
    Undefined,
)
from benchbench.core.differences import ScoreIdentity
from benchbench.core.record import PairedValues, Score
from benchbench.core.uncertainty import STANDARD_ERROR, Uncertainty
from benchbench.evaluation.condition import view_key
from benchbench.evaluation.real import RealFeatures
from benchbench.evaluation.resolve import ResolvedScore
from benchbench.evaluation.session import Session
from benchbench.stats.estimates import condition_means, interval95, mean_estimate

if TYPE_CHECKING:
    import pandas
    from torch import Tensor


@dataclass(frozen=True)
class Evaluated:
    """What was computed of n conditions, joined."""

    scores: Mapping[str, Tensor]
    """By specification: what condition metrics computed, `float64[n]`, `[n, m]` or `[n, K, K]`."""
    views: Mapping[tuple[str, str], Tensor]
    """By extractor and view: what set metrics look at, `[n, K, …]`."""


@dataclass(frozen=True)
class ScoredRun:
    """What the conditions of a run make together."""

    scores: tuple[Score, ...]
    undefined: Mapping[str, str]
    """The scores that these samples do not have, by specification, and why."""
    table: pandas.DataFrame
    """The condition scores, with `id` and `group`."""


def score_run(session: Session, evaluated: Evaluated) -> ScoredRun:
    """Return every score of a run, and those that it does not have."""
    import pandas

    examples = [session.task.examples("test")[i] for i in range(session.num_conditions)]
    groups = groups_of(examples)
    columns: dict[str, Any] = {"id": [example.id for example in examples], "group": groups}
    for score in session.scores:
        if score.by_condition:
            columns[score.specification] = condition_means(evaluated.scores[score.specification].numpy())
    table = pandas.DataFrame(columns)
    scores: list[Score] = []
    undefined: dict[str, str] = {}
    for score in session.scores:
        if isinstance(score.metric, SetMetric):
            data = _sample_set(score, session, examples, table, evaluated)
            try:
                scores.append(_named(score, score.metric.compute(data)))
            except Undefined as error:
                undefined[score.specification] = str(error)
        else:
            scores.append(score_of_conditions(score, evaluated.scores[score.specification], groups, session.real))
    return ScoredRun(tuple(scores), undefined, table)


def groups_of(examples: Sequence[Example]) -> list[str]:
    """Return for each example the group of dependent ones that it belongs to: its own id where it is independent."""
    return [example.group or example.id for example in examples]


def score_of_conditions(
    score: ResolvedScore, values: Tensor, groups: Sequence[str], known: Mapping[str, RealFeatures]
) -> Score:
    """Return a condition metric's score from what it computed of each condition: `[n]`, `[n, m]` or `[n, K, K]`."""
    assert isinstance(score.metric, ConditionMetric)
    thresholds = known[score.features.name].thresholds if score.features else None
    estimate = mean_estimate(condition_means(values.numpy()), groups)
    threshold, detail = score.metric.threshold(thresholds), score.metric.detail()
    named = _named(score, dataclasses.replace(estimate, threshold=threshold, detail=detail))
    return dataclasses.replace(named, histogram=_histogram(score.metric, values))


def _histogram(metric: ConditionMetric[Any], values: Tensor) -> tuple[int, ...]:
    """Return how many values fall into each bin that the metric asks for; empty where it asks for none."""
    if metric.histogram is None:
        return ()
    low, high, number = metric.histogram
    counts, _ = np.histogram(values.numpy(), number, (low, high))
    return tuple(counts.tolist())


def score_identity(score: ResolvedScore) -> ScoreIdentity:
    """Return what a resolved score would be recorded as, with the weights that are here."""
    return ScoreIdentity(score.identity, score.weight_hash, score.metric.higher_is_better)


def paired(table: pandas.DataFrame, specification: str) -> PairedValues | None:
    """Return what two methods are compared by: the ranking score of every condition, and the conditions' groups.

    Values have seven digits; groups are numbered in the order of their first appearance. `None` where the ranking
    score is one of the whole set.
    """
    if specification not in table:
        return None
    values = [float(f"{value:.7g}") for value in table[specification]]
    groups, _ = table["group"].factorize()
    return PairedValues(specification, tuple(values), tuple(int(group) for group in groups))


def _sample_set(
    score: ResolvedScore, session: Session, examples: Sequence[Example], table: pandas.DataFrame, evaluated: Evaluated
) -> SampleSet:
    assert isinstance(score.metric, SetMetric)
    own = f"[{score.features.name}]" if score.features else ""
    renamed = table.rename(columns={f"{needed}{own}": needed for needed in score.metric.needs})
    views = {view: evaluated.views[view_key(score, view)] for view in score.metric.keeps}
    groups = groups_of(examples)
    if score.features is None:
        return SampleSet(session.task, examples, groups, renamed, views)
    reals = session.real[score.features.name].first(len(examples))
    return FeatureSet(session.task, examples, groups, renamed, views, reals)


def _named(score: ResolvedScore, estimate: Estimate) -> Score:
    if not math.isfinite(estimate.value):
        raise BenchbenchError(f"{score.identity} is {estimate.value}: a record holds numbers only")
    error, detail = estimate.standard_error, estimate.detail
    stated = None if error is None else estimate.uncertainty or Uncertainty(STANDARD_ERROR, estimate.n, estimate.n)
    return Score(
        id=score.identity,
        metric=score.specification,
        features=score.features.name if score.features else None,
        value=estimate.value,
        standard_error=error,
        uncertainty=stated,
        n=estimate.n,
        higher_is_better=score.metric.higher_is_better,
        weight_hash=score.weight_hash,
        interval=estimate.interval or (interval95(estimate.value, error, stated.degrees) if stated else None),
        variant=score.variant,
        threshold=estimate.threshold,
        counts=dict(estimate.counts),
        detail=tuple(filter(None, [detail] if isinstance(detail, str) else detail)),
        flag=estimate.flag,
    )
