"""The energy score: a strictly proper score of the conditional distribution (Gneiting & Raftery, JASA 2007, eq. 21)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from benchbench.core import ConditionMetric, ConditionSamples, Estimate, Metric, SampleSet, SetMetric
from benchbench.hookspecs import hookimpl
from benchbench.metrics._distances import euclidean
from benchbench.metrics._statistics import ratio_estimate

if TYPE_CHECKING:
    from torch import Tensor


def energy_score(samples: Tensor, references: Tensor) -> float:
    """Return 1/K Σ ‖φ(x_i) - φ(y)‖ - 1/(2K(K-1)) Σ_{i≠j} ‖φ(x_i) - φ(x_j)‖, averaged over the R references.

    `samples` are `[K, D]`, `references` `[R, D]`. Unbiased in K; least in expectation for the true law alone.
    """
    k = len(samples)
    to_truth = float(euclidean(samples, references).mean())
    if k < 2:
        return to_truth
    return to_truth - float(euclidean(samples, samples).sum()) / (2 * k * (k - 1))


class EnergyScore(ConditionMetric):
    """The headline: it ranks."""

    name = "energy-score"
    summary = "strictly proper score of the conditional law: distance to the truth less half the spread"
    higher_is_better = False

    def compute(self, data: ConditionSamples) -> float:
        """Return the energy score of one condition."""
        return energy_score(data.embedding, data.reference_embedding)


class EnergySkill(SetMetric):
    """The energy score against that of unconditional real data: 1 is perfect, 0 is to ignore the condition."""

    name = "energy-skill"
    summary = "1 - ES / ES(unconditional real data): what the condition is used for"
    higher_is_better = True
    needs = ("energy-score",)

    def compute(self, data: SampleSet) -> Estimate:
        """Return the skill, a ratio of means over conditions."""
        ratio = ratio_estimate(data.table["energy-score"].to_numpy(), data.real.energy, data.groups)
        return Estimate(1 - ratio.value, ratio.standard_error, ratio.n, ratio.uncertainty)


@hookimpl
def benchbench_metrics() -> Iterable[type[Metric]]:
    """Register the metrics."""
    return (EnergyScore, EnergySkill)
