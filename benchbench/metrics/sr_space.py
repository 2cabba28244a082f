"""What NTIRE's challenges on the space of super-resolution measure (Lugmayr, Danelljan & Timofte, CVPRW 2021)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from benchbench.core import (
    ConditionFeatures,
    ConditionMetric,
    ConditionSamples,
    Metric,
    SuperResolutionTask,
    Task,
    Unsupported,
)
from benchbench.hookspecs import hookimpl
from benchbench.metrics.error import MOST_DECIBELS, psnr
from benchbench.stats.distances import require_bytes
from benchbench.stats.maps import difference_maps

if TYPE_CHECKING:
    from torch import Tensor

GOAL_DECIBELS = 45
"""From here on the challenge calls samples consistent with their input."""


def space_score(maps: Tensor) -> float:
    """Return 100 (g - l)/g of error maps `[K, H, W]` of K samples against the truth, in percent.

    g is the mean of the best whole sample, l the mean of the best sample at each pixel. 0 where a sample has no error
    at all: nothing is left to gain, and the formula has no value.
    """
    best = float(maps.mean((1, 2)).min())
    mixed = float(maps.min(0).values.mean())
    return 100 * (best - mixed) / best if best > 0 else 0.0


class SrSpace(ConditionMetric[ConditionFeatures]):
    """How much nearer to the truth the samples come when the best may be chosen at every pixel, not once."""

    name = "sr-space"
    summary = (
        "gain of the best sample at each pixel over the best sample, in percent (NTIRE 2021 learning the SR space)"
    )
    higher_is_better = True
    needs_taps = True

    def supports(self, task: Task) -> None:
        """Raise `Unsupported` for tasks whose reference is one of many answers, pixel by pixel."""
        if not task.pixelwise:
            raise Unsupported(f"{self.name} compares place by place; {task.name} is of kind {task.kind}")

    def compute(self, data: ConditionFeatures) -> float:
        """Return the score of one condition; averaged over references, where there are several."""
        height, width = data.task.space.shape[1:]
        found = [
            space_score(difference_maps(data.embedding - reference, data.taps, (height, width)))
            for reference in data.reference_embedding
        ]
        return sum(found) / len(found)

    def detail(self) -> str:
        """Return what a reader must know."""
        return "it grows with the number of samples; a condition with a perfect sample counts 0"


class _Small(ConditionMetric[ConditionSamples]):
    uses_features = False
    higher_is_better = True

    def supports(self, task: Task) -> None:
        """Raise `Unsupported` for tasks that are no super-resolution."""
        if not isinstance(task, SuperResolutionTask):
            raise Unsupported(f"{self.name} makes samples smaller; {task.name} is no super-resolution")

    def decibels(self, data: ConditionSamples) -> Tensor:
        """Return `float64[K]`: the PSNR of samples against the truth, both made smaller and rounded."""
        assert isinstance(data.task, SuperResolutionTask)
        images = (require_bytes(data.samples), require_bytes(data.example.references))
        samples, references = (data.task.downsample(each).round().clamp(0, 255).byte() for each in images)
        return psnr(samples, references).mean(1)

    def detail(self) -> str:
        """Return the conventions."""
        return f"the challenge's goal is {GOAL_DECIBELS} dB; identical images count {MOST_DECIBELS:g} dB"


class LrPsnr(_Small):
    """Whether samples agree with their input: all above 45 dB are equal to the challenge."""

    name = "lr-psnr"
    summary = "PSNR of the samples made smaller against the truth made smaller, in dB"

    def compute(self, data: ConditionSamples) -> Tensor:
        """Return the PSNR of each sample, in dB."""
        return self.decibels(data)


class LrPsnrWorst(_Small):
    """The same of the worst of the K samples."""

    name = "lr-psnr-worst"
    summary = "PSNR of the worst of the K samples made smaller against the truth made smaller, in dB"

    def compute(self, data: ConditionSamples) -> float:
        """Return the lowest PSNR, in dB."""
        return float(self.decibels(data).min())


@hookimpl
def benchbench_metrics() -> Iterable[type[Metric]]:
    """Register the metrics."""
    return (SrSpace, LrPsnr, LrPsnrWorst)
