"""MS-SSIM between samples (Wang et al. 2003): high means alike."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from benchbench.core import (
    ConditionMetric,
    ConditionSamples,
    Estimate,
    Metric,
    SampleSet,
    SetMetric,
    Task,
    Uncertainty,
    Unsupported,
)
from benchbench.core import uncertainty as kinds
from benchbench.core.noise import stream
from benchbench.hookspecs import hookimpl
from benchbench.metrics._ms_ssim import SMALLEST, ms_ssim, ms_ssim_shrunk

if TYPE_CHECKING:
    from torch import Tensor

LARGE = 33
"""The smallest short side, in pixels, at which one window, of at least 3 px, serves all five scales."""
PAIRS = 10_000
"""The number of pairs that Karras et al. (ICLR 2018) and Huang et al. (IntroVAE, NeurIPS 2018) average over."""
_VALUES = 2**18


def window_size(side: int) -> int:
    """Return the largest odd Gaussian window of at most 11 that five scales of an image with this short side allow."""
    largest = min(11, (side - 1) // 16 + 1)
    return largest - 1 + largest % 2


class MsSsim(ConditionMetric[ConditionSamples]):
    """Mean MS-SSIM over the protocol's pairs; its window, which the image size dictates, is part of its identity."""

    name = "ms-ssim"
    summary = "mean MS-SSIM of the protocol's pairs of samples of one condition"
    uses_features = False
    higher_is_better = None

    def supports(self, task: Task) -> None:
        """Raise `Unsupported` for points and for images under 16 px, which have no five scales."""
        _require_images(task)

    def variant(self, task: Task) -> str:
        """Return the window: a score with another window is another score."""
        side = min(task.space.shape[1:])
        return f"window={window_size(side)}" if side >= LARGE else "window=shrunk"

    def compute(self, data: ConditionSamples) -> Tensor:
        """Return the MS-SSIM of each pair: as pytorch-msssim has it, or with a shrunk window under 33 px."""
        samples = data.samples
        first, second = (samples[data.pairs[:, side]] for side in (0, 1))
        side = min(first.shape[2:])
        return ms_ssim_shrunk(first, second) if side < LARGE else ms_ssim(first, second, window_size(side))


class MsSsimAcross(SetMetric[SampleSet]):
    """Mean MS-SSIM of disjoint pairs of samples of different conditions: the protocol of unconditional models."""

    name = "ms-ssim-across"
    summary = f"mean MS-SSIM of up to {PAIRS} disjoint pairs of samples of different conditions"
    uses_features = False
    higher_is_better = None
    keeps = ("samples",)

    def supports(self, task: Task) -> None:
        """Raise `Unsupported` for points and for images under 16 px, which have no five scales."""
        _require_images(task)

    def variant(self, task: Task) -> str:
        """Return the window, by which it differs from `ms-ssim`."""
        return "window=shrunk"

    def compute(self, data: SampleSet) -> Estimate:
        """Return the mean over the pairs, reading a few of them at a time."""
        samples = data.features["samples"]
        n, k = samples.shape[:2]
        if n < 2:
            raise Unsupported("ms-ssim-across compares samples of different conditions, and there is only one")
        pairs = pairs_across(n, k)
        step = max(1, _VALUES // samples[0, 0].numel())
        values = []
        for start in range(0, len(pairs), step):
            first, second = pairs[start : start + step].transpose(1, 2, 0)
            values.append(ms_ssim_shrunk(samples[tuple(first)], samples[tuple(second)]).numpy())
        found = np.concatenate(values)
        _, group = np.unique(np.asarray(data.groups), return_inverse=True)
        return Estimate(
            float(found.mean()),
            dyadic_error(found, group[pairs[:, :, 0]]),
            n,
            Uncertainty(kinds.DYADIC, n, len(set(data.groups))),
            detail=f"{len(pairs)} of the protocol's {PAIRS} pairs" if len(pairs) < PAIRS else f"{PAIRS} pairs",
        )


def pairs_across(n: int, k: int) -> np.ndarray:
    """Return `int64[P, 2, 2]`: up to 10,000 pairs of (condition, sample), no two with a sample in common; seeded.

    Each of K rounds pairs off all n conditions at random (but one, where n is odd) and takes a fresh sample of each,
    so that no pair is of one condition.
    """
    generator = stream("ms-ssim-across", n, k)
    conditions = generator.permuted(np.tile(np.arange(n), (k, 1)), axis=1)
    sample = generator.permuted(np.tile(np.arange(k), (n, 1)), axis=1)
    both = np.stack([conditions, sample[conditions, np.arange(k)[:, None]]], axis=2)
    return both[:, : n - n % 2].reshape(-1, 2, 2)[:PAIRS]


def dyadic_error(values: np.ndarray, ends: np.ndarray) -> float | None:
    """Return the standard error of the mean of values `[P]` of pairs that share groups, `int[P, 2]` their two ends.

    All pairs with a group in common may be correlated (Aronow, Samii & Assenova, Political Analysis 2015). The sum over
    them is divided by what the mean, taken off, leaves of it where pairs are alike. Never less than the error of
    independent pairs; `None` where every two pairs share a group.
    """
    number = len(values)
    residuals = values - values.mean()
    left = 1 - _over_pairs_that_share(np.ones(number), ends) / number**2
    if left < 1e-9:
        return None
    alone = (residuals**2).sum() * number / (number - 1)
    return float(np.sqrt(max(_over_pairs_that_share(residuals, ends) / left, alone)) / number)


def _over_pairs_that_share(values: np.ndarray, ends: np.ndarray) -> float:
    """Return the sum of products of `values[p]` and `values[q]` over all p and q that have a group in common."""
    first, second = ends.min(1), ends.max(1)
    apart, number = first != second, int(ends.max()) + 1
    sums = np.bincount(first, values, number) + np.bincount(second, values * apart, number)
    _, both = np.unique((first * number + second)[apart], return_inverse=True)
    twice = np.bincount(both, values[apart])  # pairs of the same two groups are in the sums of either
    return float((sums**2).sum() - (twice**2).sum())


def _require_images(task: Task) -> None:
    if task.space.kind != "images":
        raise Unsupported("MS-SSIM compares images")
    if min(task.space.shape[1:]) < SMALLEST:
        raise Unsupported(f"MS-SSIM has five scales: it needs images of {SMALLEST} px or more")


@hookimpl
def benchbench_metrics() -> Iterable[type[Metric]]:
    """Register the metrics."""
    return (MsSsim, MsSsimAcross)
