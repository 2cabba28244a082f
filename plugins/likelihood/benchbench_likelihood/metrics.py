"""The log-likelihood of the references, in bits per value."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from benchbench.core import ConditionMetric, ConditionSamples, Task, Unsupported

if TYPE_CHECKING:
    from torch import Tensor


class BitsPerValue(ConditionMetric[ConditionSamples]):
    """Minus the log2 density of a reference given its condition, over the number of values that are open.

    Values are those of bytes plus uniform noise, so that an independent uniform law over 0..255 has 8 bits. Open values
    are all, or those in the hole of an inpainting task. Where the method only has a lower bound on its log-likelihood,
    this is an upper bound. It looks at references, not at samples: a method without a density is skipped.
    """

    name = "bits-per-value"
    summary = "negative log-likelihood of the references in bits per value; of a method with a density"
    uses_features = False
    uses_likelihood = True
    higher_is_better = False

    def supports(self, task: Task) -> None:
        """Raise `Unsupported` for tasks whose samples are no images."""
        if task.space.kind != "images":
            raise Unsupported(f"{self.name} is of images; {task.name} has {task.space.kind}")

    def compute(self, data: ConditionSamples) -> Tensor:
        """Return the bits per value of each reference, `float64[R]`."""
        if data.log_likelihood is None:
            raise Unsupported(f"{self.name} needs a method with a likelihood: stored samples have none")
        return -data.log_likelihood / (math.log(2) * num_open(data))

    def detail(self) -> str:
        """Return what the number is of."""
        return "of dequantised bytes; an upper bound where the method says so"


def num_open(data: ConditionSamples) -> int:
    """Return how many values of a sample the condition leaves open."""
    channels, height, width = data.task.space.shape
    mask = data.example.condition.get("mask")
    return channels * (height * width if mask is None else int((mask > 0).sum()))
