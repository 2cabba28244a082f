"""Conditional diversity: how far apart the samples of one condition are."""

from __future__ import annotations

from collections.abc import Iterable

from benchbench.core import (
    ConditionMetric,
    ConditionSamples,
    Estimate,
    Metric,
    SampleSet,
    SetMetric,
    Task,
    Unsupported,
)
from benchbench.hookspecs import hookimpl
from benchbench.metrics._distances import mean_pairwise_square
from benchbench.metrics._statistics import ratio_estimate


class Diversity(ConditionMetric):
    """Mean perceptual distance over the protocol's disjoint pairs; with `lpips-alex`, the papers' LPIPS diversity."""

    name = "diversity"
    summary = "mean perceptual distance of the protocol's pairs of samples of one condition"
    higher_is_better = None

    def compute(self, data: ConditionSamples) -> float:
        """Return the mean over the pairs."""
        first, second = data.embedding[data.pairs[:, 0]].double(), data.embedding[data.pairs[:, 1]].double()
        return float((first - second).square().sum(1).mean())


class DiversityAll(ConditionMetric):
    """The same over all K(K-1)/2 pairs: the same expectation, less noise."""

    name = "diversity-all"
    summary = "mean perceptual distance of all pairs of samples of one condition"
    higher_is_better = None

    def compute(self, data: ConditionSamples) -> float:
        """Return the mean over all pairs."""
        return mean_pairwise_square(data.embedding)


class TrueDiversity(ConditionMetric):
    """The same of the references, where there are several."""

    name = "true-diversity"
    summary = "mean perceptual distance of all pairs of references of one condition"
    higher_is_better = None

    def supports(self, task: Task) -> None:
        """Raise `Unsupported` where a condition has one reference."""
        require_references(task)

    def compute(self, data: ConditionSamples) -> float:
        """Return the mean over all pairs of references."""
        return mean_pairwise_square(data.reference_embedding)


class RelativeDiversity(SetMetric):
    """Diversity of the samples over that of the truth: 1 is right, less is collapse, more is spurious."""

    name = "relative-diversity"
    summary = "diversity over the true diversity: 1 is right"
    higher_is_better = None
    needs = ("diversity-all", "true-diversity")

    def supports(self, task: Task) -> None:
        """Raise `Unsupported` where a condition has one reference."""
        require_references(task)

    def compute(self, data: SampleSet) -> Estimate:
        """Return the ratio of means over conditions."""
        return ratio_estimate(data.table["diversity-all"], data.table["true-diversity"], data.groups)


class Variance(ConditionMetric):
    """Mean over values of the unbiased variance of the samples, in [-1, 1] units for images."""

    name = "variance"
    summary = "mean variance of the samples of one condition"
    uses_features = False
    higher_is_better = None

    def compute(self, data: ConditionSamples) -> float:
        """Return the variance of one condition's samples."""
        return _variance(data.samples)


class TrueVariance(ConditionMetric):
    """The same of the references."""

    name = "true-variance"
    summary = "mean variance of the references of one condition"
    uses_features = False
    higher_is_better = None

    def supports(self, task: Task) -> None:
        """Raise `Unsupported` where a condition has one reference."""
        require_references(task)

    def compute(self, data: ConditionSamples) -> float:
        """Return the variance of one condition's references."""
        return _variance(data.example.references)


class RelativeStd(SetMetric):
    """Conditional standard deviation over the true one: 1 is right, 0 is a deterministic output."""

    name = "relative-std"
    summary = "conditional standard deviation over the true one: 1 is right"
    uses_features = False
    higher_is_better = None
    needs = ("variance", "true-variance")

    def supports(self, task: Task) -> None:
        """Raise `Unsupported` where a condition has one reference."""
        require_references(task)

    def compute(self, data: SampleSet) -> Estimate:
        """Return the root of the ratio of mean variances (error by the delta method)."""
        ratio = ratio_estimate(data.table["variance"], data.table["true-variance"], data.groups)
        root = ratio.value**0.5
        error = None if ratio.standard_error is None else ratio.standard_error / (2 * root) if root else 0.0
        return Estimate(root, error, ratio.n, ratio.uncertainty)


def require_references(task: Task) -> None:
    """Raise `Unsupported` unless the task knows several references a condition."""
    if len(task.examples("test")[0].references) < 2:
        raise Unsupported(f"{task.name} has one reference a condition: its true diversity is not known")


def _variance(values: object) -> float:
    import torch

    assert isinstance(values, torch.Tensor)
    wide = values.double() / 127.5 if values.dtype == torch.uint8 else values.double()
    return float(wide.var(0).mean())


@hookimpl
def benchbench_metrics() -> Iterable[type[Metric]]:
    """Register the metrics."""
    return (Diversity, DiversityAll, TrueDiversity, RelativeDiversity, Variance, TrueVariance, RelativeStd)
