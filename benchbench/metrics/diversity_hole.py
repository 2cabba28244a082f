"""Conditional diversity inside the hole alone, as work on pluralistic inpainting measures it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from benchbench.core import ConditionFeatures, ConditionMetric, InpaintingTask, Metric, Task, Unsupported
from benchbench.hookspecs import hookimpl
from benchbench.stats.maps import difference_maps

if TYPE_CHECKING:
    from torch import Tensor


class DiversityHole(ConditionMetric[ConditionFeatures]):
    """The perceptual distance of the protocol's pairs, over the pixels of the hole: known pixels do not dilute it."""

    name = "diversity-hole"
    summary = "mean perceptual distance of pairs of samples over the pixels of the hole (inpainting)"
    better = "more diverse"
    higher_is_better = None
    needs_taps = True

    def supports(self, task: Task) -> None:
        """Raise `Unsupported` for tasks without a hole."""
        if not isinstance(task, InpaintingTask):
            raise Unsupported(f"{self.name} measures in a hole; {task.name} has none")

    def compute(self, data: ConditionFeatures) -> Tensor:
        """Return the distance of each pair."""
        hole = data.example.condition["mask"][0] > 0
        first, second = data.embedding[data.pairs.T]
        return difference_maps(first - second, data.taps, (hole.shape[0], hole.shape[1]))[:, hole].mean(1)


@hookimpl
def benchbench_metrics() -> Iterable[type[Metric]]:
    """Register the metric."""
    return (DiversityHole,)
