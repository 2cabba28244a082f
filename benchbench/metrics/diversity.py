"""Conditional diversity: how far apart the samples of one condition are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from benchbench.core import (
    ConditionFeatures,
    ConditionMetric,
    ConditionSamples,
    Estimate,
    Metric,
    SampleSet,
    SetMetric,
    Task,
)
from benchbench.hookspecs import hookimpl
from benchbench.stats.distances import euclidean
from benchbench.stats.estimates import ratio_estimate

if TYPE_CHECKING:
    from torch import Tensor


def mean_pairwise_square(embedding: Tensor) -> float:
    """Return the mean squared distance over all K(K-1)/2 pairs of `[K, D]`, linear in K.

    The mean equals 2/(K-1) Σ ‖φ_i - φ̄‖² (expand the square around the mean).
    """
    wide = embedding.double()
    return float(2 * (wide - wide.mean(0)).square().sum() / (len(wide) - 1))


class Diversity(ConditionMetric[ConditionFeatures]):
    """Mean perceptual distance over the protocol's disjoint pairs; with `lpips-alex`, the papers' LPIPS diversity."""

    name = "diversity"
    summary = "mean perceptual distance of the protocol's pairs of samples of one condition"
    measures = "diversity"
    better = "more diverse"
    higher_is_better = None

    def compute(self, data: ConditionFeatures) -> Tensor:
        """Return the distance of each pair."""
        return data.distances[data.pairs[:, 0], data.pairs[:, 1]].square()


class DiversityAll(ConditionMetric[ConditionFeatures]):
    """The same over all K(K-1)/2 pairs: the same expectation, less noise."""

    name = "diversity-all"
    summary = "mean perceptual distance of all pairs of samples of one condition"
    measures = "diversity"
    better = "more diverse"
    higher_is_better = None

    def compute(self, data: ConditionFeatures) -> Tensor:
        """Return the distance of each pair."""
        return data.distances.square()


class TrueDiversity(ConditionMetric[ConditionFeatures]):
    """The same of the references, where there are several."""

    name = "true-diversity"
    summary = "mean perceptual distance of all pairs of references of one condition"
    higher_is_better = None

    def supports(self, task: Task) -> None:
        """Raise `Unsupported` where a condition has one reference."""
        task.require_references()

    def compute(self, data: ConditionFeatures) -> float:
        """Return the mean over all pairs of references, or of draws from them where they are the whole law."""
        references = data.reference_embedding
        return mean_pairwise_square(references) * _share_of_unlike_draws(data.task, len(references))


class RelativeDiversity(SetMetric[SampleSet]):
    """Diversity of the samples over that of the truth: 1 is right, less is collapse, more is spurious."""

    name = "relative-diversity"
    summary = "diversity over the true diversity: 1 is right"
    measures = "diversity"
    better = "more diverse"
    truth = 1.0
    higher_is_better = None
    needs = ("diversity-all", "true-diversity")

    def supports(self, task: Task) -> None:
        """Raise `Unsupported` where a condition has one reference."""
        task.require_references()

    def compute(self, data: SampleSet) -> Estimate:
        """Return the ratio of means over conditions."""
        return ratio_estimate(data.table["diversity-all"], data.table["true-diversity"], data.groups)


class Variance(ConditionMetric[ConditionSamples]):
    """Mean over values of the unbiased variance of the samples, in [-1, 1] units for images."""

    name = "variance"
    summary = "mean variance of the samples of one condition"
    uses_features = False
    higher_is_better = None

    def compute(self, data: ConditionSamples) -> Tensor:
        """Return half the mean squared difference of each pair of samples, which is the variance on average."""
        flat = _unit(data.samples).flatten(1)
        return euclidean(flat, flat).square() / (2 * flat.shape[1])


class TrueVariance(ConditionMetric[ConditionSamples]):
    """The same of the references."""

    name = "true-variance"
    summary = "mean variance of the references of one condition"
    uses_features = False
    higher_is_better = None

    def supports(self, task: Task) -> None:
        """Raise `Unsupported` where a condition has one reference."""
        task.require_references()

    def compute(self, data: ConditionSamples) -> float:
        """Return the unbiased variance of one condition's references, or the plain one where they are the whole law."""
        references = data.example.references
        return float(_unit(references).var(0).mean()) * _share_of_unlike_draws(data.task, len(references))


class RelativeStd(SetMetric[SampleSet]):
    """Conditional standard deviation over the true one: 1 is right, 0 is a deterministic output."""

    name = "relative-std"
    summary = "conditional standard deviation over the true one: 1 is right"
    better = "more diverse"
    truth = 1.0
    uses_features = False
    higher_is_better = None
    needs = ("variance", "true-variance")

    def supports(self, task: Task) -> None:
        """Raise `Unsupported` where a condition has one reference."""
        task.require_references()

    def compute(self, data: SampleSet) -> Estimate:
        """Return the root of the ratio of mean variances (error by the delta method)."""
        ratio = ratio_estimate(data.table["variance"], data.table["true-variance"], data.groups)
        root = ratio.value**0.5
        error = None if ratio.standard_error is None else ratio.standard_error / (2 * root) if root else 0.0
        return Estimate(root, error, ratio.n, ratio.uncertainty)


def _share_of_unlike_draws(task: Task, references: int) -> float:
    """Return 1, or, where the law is uniform over the references (`Task.draw`), the chance that two draws differ."""
    return 1 - 1 / references if type(task).draw is Task.draw else 1.0


def _unit(values: Tensor) -> Tensor:
    """Return the values in units of half the range for images, as they are for points."""
    return values.double() / 127.5 if not values.is_floating_point() else values.double()


@hookimpl
def benchbench_metrics() -> Iterable[type[Metric]]:
    """Register the metrics."""
    return (Diversity, DiversityAll, TrueDiversity, RelativeDiversity, Variance, TrueVariance, RelativeStd)
