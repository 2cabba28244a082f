"""From the joined shards of a run to its scores: means over conditions, metrics of the whole set, and their errors."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchbench.core import BenchbenchError, ConditionMetric, Estimate, Example, SampleSet, SetMetric, Task
from benchbench.core.differences import ScoreIdentity
from benchbench.core.record import PairedValues, Score
from benchbench.core.uncertainty import STANDARD_ERROR, Uncertainty
from benchbench.evaluation import real
from benchbench.evaluation.shard import (
    Plan,
    ResolvedScore,
    embedder_of,
    get_fingerprint,
    get_task,
    isolated,
    resolve_scores,
    view_key,
)
from benchbench.plugins import registry
from benchbench.stats.estimates import bootstrap, condition_means

if TYPE_CHECKING:
    import pandas
    from torch import Tensor


def score_run(
    plan: Plan, tensors: dict[str, Tensor], known: dict[str, real.RealFeatures]
) -> tuple[list[Score], pandas.DataFrame]:
    """Return every score of a run from its joined shards, and the table of condition scores."""
    import pandas

    task = get_task(plan.task)
    n = plan.protocol.num_conditions
    examples = [task.examples("test")[i] for i in range(n)]
    groups = [example.group or example.id for example in examples]
    resolved = resolve_scores(plan.scores, task, registry())
    columns: dict[str, Any] = {"id": [example.id for example in examples], "group": groups}
    for score in resolved:
        if isinstance(score.metric, ConditionMetric):
            columns[score.specification] = condition_means(tensors[f"score:{score.specification}"].numpy())
    table = pandas.DataFrame(columns)
    scores = []
    for score in resolved:
        if isinstance(score.metric, SetMetric):
            estimate = score.metric.compute(_sample_set(score, task, examples, groups, table, tensors, known))
            scores.append(_named(score, estimate))
        else:
            scores.append(score_of_conditions(score, tensors[f"score:{score.specification}"], groups, known))
    return scores, table


def score_of_conditions(
    score: ResolvedScore, values: Tensor, groups: Sequence[str], known: dict[str, real.RealFeatures]
) -> Score:
    """Return a condition metric's score from what it computed of each condition: `[n]`, `[n, m]` or `[n, K, K]`."""
    assert isinstance(score.metric, ConditionMetric)
    thresholds = known[score.features.name].thresholds if score.features else None
    made_with = {"threshold": score.metric.threshold(thresholds), "detail": score.metric.detail()}
    return _named(score, dataclasses.replace(bootstrap(values.numpy(), groups), **made_with))


def score_identity(score: ResolvedScore) -> ScoreIdentity:
    """Return what a resolved score would be recorded as, with the weights that are here."""
    weights = score.features.weight_hash() if score.features else ""
    return ScoreIdentity(score.identity, weights, score.metric.higher_is_better)


def real_features(
    scores: Sequence[ResolvedScore], task: Task, device: str, cache: Path
) -> dict[str, real.RealFeatures]:
    """Return the features of the task's real images by the names of the scores' extractors, which `cache` keeps."""
    known: dict[str, real.RealFeatures] = {}
    for extractor in {score.features.name: score.features for score in scores if score.features}.values():
        path = real.cache_path(cache, task, get_fingerprint(task.name), extractor)
        with isolated(device):
            known[extractor.name] = real.prepare(path, task, task.examples("test"), embedder_of(extractor.name, device))
    return known


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
    score: ResolvedScore,
    task: Task,
    examples: Sequence[Example],
    groups: Sequence[str],
    table: pandas.DataFrame,
    tensors: dict[str, Tensor],
    known: dict[str, real.RealFeatures],
) -> SampleSet:
    assert isinstance(score.metric, SetMetric)
    own = f"[{score.features.name}]" if score.features else ""
    renamed = table.rename(columns={f"{needed}{own}": needed for needed in score.metric.needs})
    features = {view: tensors[view_key(score, view)] for view in score.metric.keeps}
    reals = known[score.features.name].first(len(examples)) if score.features else None
    return SampleSet(task, examples, groups, renamed, features, reals)


def _named(score: ResolvedScore, estimate: Estimate) -> Score:
    if not math.isfinite(estimate.value):
        raise BenchbenchError(f"{score.identity} is {estimate.value}: a record holds numbers only")
    error, kind, detail = estimate.standard_error, estimate.uncertainty, estimate.detail
    return Score(
        id=score.identity,
        metric=score.specification,
        features=score.features.name if score.features else None,
        value=estimate.value,
        standard_error=error,
        uncertainty=None if error is None else kind or Uncertainty(STANDARD_ERROR, estimate.n, estimate.n),
        n=estimate.n,
        higher_is_better=score.metric.higher_is_better,
        weight_hash=score.features.weight_hash() if score.features else "",
        interval=estimate.interval,
        variant=score.variant,
        threshold=estimate.threshold,
        counts=dict(estimate.counts),
        detail=tuple(filter(None, [detail] if isinstance(detail, str) else detail)),
        flag=estimate.flag,
    )
