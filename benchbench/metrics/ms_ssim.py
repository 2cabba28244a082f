"""MS-SSIM between samples of one condition (Wang et al. 2003), by pytorch-msssim: high means alike."""

from __future__ import annotations

from collections.abc import Iterable

from benchbench.core import ConditionMetric, ConditionSamples, Metric, Task, Unsupported
from benchbench.hookspecs import hookimpl
from benchbench.metrics._distances import require_bytes


def window_size(side: int) -> int:
    """Return the largest odd Gaussian window, 11 at most, that five scales of an image with this short side allow."""
    largest = min(11, (side - 1) // 16 + 1)
    return largest - 1 + largest % 2


class MsSsim(ConditionMetric):
    """Mean MS-SSIM over the protocol's pairs; its window, which the image size dictates, is part of its identity."""

    name = "ms-ssim"
    summary = "mean MS-SSIM of the protocol's pairs of samples of one condition"
    uses_features = False
    higher_is_better = None

    def supports(self, task: Task) -> None:
        """Raise `Unsupported` for points and for images under 33 px, which have no five scales."""
        if task.space.kind != "images":
            raise Unsupported("ms-ssim compares images")
        if min(task.space.shape[1:]) < 33:
            raise Unsupported("ms-ssim has five scales and a window of 3: it needs images of 33 px or more")

    def variant(self, task: Task) -> str:
        """Return the window: a number made with another one is another number."""
        return f"window={window_size(min(task.space.shape[1:]))}"

    def compute(self, data: ConditionSamples) -> float:
        """Return the mean over the pairs of one condition."""
        from pytorch_msssim import ms_ssim

        samples = require_bytes(data.samples)
        first, second = (samples[data.pairs[:, side]].float() for side in (0, 1))
        window = window_size(min(first.shape[2:]))
        return float(ms_ssim(first, second, data_range=255, win_size=window).mean())


@hookimpl
def benchbench_metrics() -> Iterable[type[Metric]]:
    """Register the metric."""
    return (MsSsim,)
