"""The energy score: a strictly proper score of the conditional distribution (Gneiting & Raftery, JASA 2007, eq. 21)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from benchbench.core import ConditionFeatures, ConditionMetric, Estimate, FeatureSet, Metric, SetMetric
from benchbench.hookspecs import hookimpl
from benchbench.stats.estimates import ratio_estimate

if TYPE_CHECKING:
    from torch import Tensor


def energy_kernel(distances: Tensor, reference_distances: Tensor) -> Tensor:
    """Return `float64[K, K]` whose mean over i ≠ j is the energy score, averaged over the R references.

    ES = 1/K Σ ‖φ(x_i) - φ(y)‖ - 1/(2K(K-1)) Σ_{i≠j} ‖φ(x_i) - φ(x_j)‖, from the distances `[K, K]` of the samples and
    `[K, R]` to the references. Unbiased in K; least in expectation for the true law alone.
    """
    to_truth = reference_distances.mean(1)
    return (to_truth[:, None] + to_truth[None] - distances) / 2


class EnergyScore(ConditionMetric[ConditionFeatures]):
    """The headline: it ranks."""

    name = "energy-score"
    summary = "strictly proper score of the conditional law: distance to the truth less half the spread"
    higher_is_better = False

    def compute(self, data: ConditionFeatures) -> Tensor:
        """Return the energy score of one condition, pair by pair of samples."""
        return energy_kernel(data.distances, data.reference_distances)


class DistanceToTruth(ConditionMetric[ConditionFeatures]):
    """The energy score's first part: how far a sample is from the truth; the truth itself has half its spread."""

    name = "distance-to-truth"
    summary = "the energy score's first part: mean distance (not squared) of the samples to the truth"
    higher_is_better = None

    def compute(self, data: ConditionFeatures) -> Tensor:
        """Return each sample's mean distance to the references."""
        return data.reference_distances.mean(1)


class Spread(ConditionMetric[ConditionFeatures]):
    """The energy score's second part, of which it takes half."""

    name = "spread"
    summary = "the energy score's second part: mean distance (not squared) between samples of one condition"
    higher_is_better = None

    def compute(self, data: ConditionFeatures) -> Tensor:
        """Return the distances between the samples."""
        return data.distances


class EnergySkill(SetMetric[FeatureSet]):
    """The energy score against that of unconditional real data: 1 is perfect, 0 ignores the condition."""

    name = "energy-skill"
    summary = "1 - ES / ES(unconditional real data): what the condition is used for"
    higher_is_better = True
    needs = ("energy-score",)

    def compute(self, data: FeatureSet) -> Estimate:
        """Return the skill, a ratio of means over conditions."""
        ratio = ratio_estimate(data.table["energy-score"].to_numpy(), data.real.energy, data.groups)
        return Estimate(1 - ratio.value, ratio.standard_error, ratio.n, ratio.uncertainty)


@hookimpl
def benchbench_metrics() -> Iterable[type[Metric]]:
    """Register the metrics."""
    return (EnergyScore, EnergySkill, DistanceToTruth, Spread)
