"""Distance to the truth and to the condition."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from benchbench.core import ConditionFeatures, ConditionMetric, ConditionSamples, Metric, Task, Unsupported
from benchbench.hookspecs import hookimpl
from benchbench.stats.distances import require_bytes

if TYPE_CHECKING:
    from torch import Tensor

MOST_DECIBELS = 100.0
"""The PSNR of identical images, in dB, by convention; no pair of images has more."""


class BestOfK(ConditionMetric[ConditionFeatures]):
    """Perceptual distance of the best of the K samples to a reference, averaged over references."""

    name = "best-of-k"
    summary = "perceptual distance of the nearest of the K samples to the truth"
    higher_is_better = False

    def compute(self, data: ConditionFeatures) -> float:
        """Return the error of one condition."""
        return float(data.reference_distances.min(0).values.square().mean())


class Consistency(ConditionMetric[ConditionSamples]):
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


class _Fidelity(ConditionMetric[ConditionSamples]):
    uses_features = False
    higher_is_better = True

    def supports(self, task: Task) -> None:
        """Raise `Unsupported` for tasks whose reference is one of many answers, pixel by pixel."""
        if not task.pixelwise:
            raise Unsupported(f"{self.name} compares pixel by pixel; {task.name} is of kind {task.kind}")


class Psnr(_Fidelity):
    """Mean over the samples of the PSNR of each, which the mean of the law maximises: blur wins, and diversity loses.

    All three channels and all pixels count, none is cropped; identical images have 100 dB by convention.
    """

    name = "psnr"
    summary = "peak signal-to-noise ratio of the samples against the reference, in dB; a blurred mean has the best"

    def compute(self, data: ConditionSamples) -> Tensor:
        """Return the PSNR of each sample, in dB; averaged over references, where there are several."""
        return psnr(data.samples, data.example.references).mean(1)

    def detail(self) -> str:
        """Return the convention."""
        return f"identical images count {MOST_DECIBELS:g} dB"


class Ssim(_Fidelity):
    """Mean over the samples of the SSIM of each (Wang et al., IEEE TIP 2004), by pytorch-msssim, on RGB channels."""

    name = "ssim"
    summary = "structural similarity of the samples to the reference, mean over RGB; a blurred mean has the best"

    def variant(self, task: Task) -> str:
        """Return the window, 11 where the image allows it."""
        return f"window={ssim_window(min(task.space.shape[1:]))}"

    def compute(self, data: ConditionSamples) -> Tensor:
        """Return the SSIM of each sample; averaged over references, where there are several."""
        import torch
        from pytorch_msssim import ssim

        samples = require_bytes(data.samples).float()
        window = ssim_window(min(samples.shape[2:]))
        found = [
            ssim(samples, reference.expand_as(samples), 255, size_average=False, win_size=window, win_sigma=1.5)
            for reference in require_bytes(data.example.references).float()
        ]
        return torch.stack(found).double().mean(0)


def psnr(samples: Tensor, references: Tensor) -> Tensor:
    """Return `float64[K, R]`: 10 log10(255² / MSE), at most 100 dB, of `uint8[K, 3, H, W]` to `uint8[R, 3, H, W]`."""
    import torch

    difference = require_bytes(samples).double()[:, None] - require_bytes(references).double()[None]
    error = difference.square().mean((2, 3, 4))
    return (10 * torch.log10(255**2 / error)).clamp(max=MOST_DECIBELS)  # an error of 0 gives infinity


def ssim_window(side: int) -> int:
    """Return the largest odd window of at most 11 that an image with this short side allows."""
    largest = min(11, side)
    return largest - 1 + largest % 2


@hookimpl
def benchbench_metrics() -> Iterable[type[Metric]]:
    """Register the metrics."""
    return (BestOfK, Consistency, Psnr, Ssim)
