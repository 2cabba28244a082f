"""How many samples lie out of the range of the truth, which robust losses on moments do not see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchbench.core import ConditionMetric, ConditionSamples, Task

if TYPE_CHECKING:
    from torch import Tensor

FAR = 2.0
"""In the largest distance of a reference."""


class FarSamples(ConditionMetric[ConditionSamples]):
    """Share of samples that are farther from the references' mean than twice the farthest reference, by values.

    A median or a mean absolute deviation of K samples hardly feels one that lies far off: under Laplace losses such
    samples cost little.
    """

    name = "far-samples"
    summary = "share of samples that are twice as far from the true mean as the farthest true one"
    uses_features = False
    higher_is_better = False

    def supports(self, task: Task) -> None:
        """Raise `Unsupported` where a condition has one reference."""
        task.require_references()

    def compute(self, data: ConditionSamples) -> Tensor:
        """Return 1 for each sample that is far, and 0 for others, `float64[K]`."""
        references = data.example.references.double().flatten(1)
        centre = references.mean(0)
        farthest = (references - centre).norm(dim=1).max()
        return ((data.samples.double().flatten(1) - centre).norm(dim=1) > FAR * farthest).double()
