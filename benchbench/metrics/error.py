"""Distance to the truth and to the condition."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from benchbench.core import ConditionMetric, ConditionSamples, Metric, Task, Unsupported
from benchbench.hookspecs import hookimpl
from benchbench.metrics._distances import require_bytes

if TYPE_CHECKING:
    from torch import Tensor


class BestOfK(ConditionMetric):
    """Perceptual distance of the best of the K samples to a reference, averaged over references."""

    name = "best-of-k"
    summary = "perceptual distance of the nearest of the K samples to the truth"
    higher_is_better = False

    def compute(self, data: ConditionSamples) -> float:
        """Return the error of one condition."""
        return float(data.reference_distances.min(0).values.square().mean())


class Consistency(ConditionMetric):
    """How far the samples depart from their condition, by the task's own measure, in grey levels."""

    name = "consistency"
    summary = "how far samples depart from their condition (made smaller, outside the hole, …), in grey levels (0..255)"
    uses_features = False
    higher_is_better = False

    def supports(self, task: Task) -> None:
        """Raise `Unsupported` for tasks that have no such measure."""
        if type(task).condition_error is Task.condition_error:
            raise Unsupported(f"{task.name} has no measure of how well a sample obeys its condition")

    def compute(self, data: ConditionSamples) -> Tensor:
        """Return the error of each sample."""
        return data.task.condition_error(data.example, require_bytes(data.samples))


@hookimpl
def benchbench_metrics() -> Iterable[type[Metric]]:
    """Register the metrics."""
    return (BestOfK, Consistency)
