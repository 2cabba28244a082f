"""Distance to the truth and to the condition."""

from __future__ import annotations

from collections.abc import Iterable

from benchbench.core import ConditionMetric, ConditionSamples, Metric, SuperResolutionTask, Task, Unsupported
from benchbench.hookspecs import hookimpl
from benchbench.metrics._distances import euclidean, require_bytes


class BestOfK(ConditionMetric):
    """Perceptual distance of the best of the K samples to a reference, averaged over references."""

    name = "best-of-k"
    summary = "perceptual distance of the nearest of the K samples to the truth"
    higher_is_better = False

    def compute(self, data: ConditionSamples) -> float:
        """Return the error of one condition."""
        return float(euclidean(data.embedding, data.reference_embedding).min(0).values.square().mean())


class Consistency(ConditionMetric):
    """Super-resolution: mean absolute error, in grey levels, of the sample made smaller against the input."""

    name = "consistency"
    summary = "super-resolution: error of the down-sampled sample against the input, in grey levels (0..255)"
    uses_features = False
    higher_is_better = False

    def supports(self, task: Task) -> None:
        """Raise `Unsupported` for tasks other than super-resolution."""
        if not isinstance(task, SuperResolutionTask):
            raise Unsupported("consistency compares a down-sampled sample with its input: super-resolution only")

    def compute(self, data: ConditionSamples) -> float:
        """Return the error of one condition."""
        assert isinstance(data.task, SuperResolutionTask)
        small = data.task.downsample(require_bytes(data.samples))
        return float((small - data.example.condition["image"].to(small)).abs().double().mean())


@hookimpl
def benchbench_metrics() -> Iterable[type[Metric]]:
    """Register the metrics."""
    return (BestOfK, Consistency)
