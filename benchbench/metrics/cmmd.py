"""CMMD (Jayasumana et al., CVPR 2024): a kernel distance of CLIP's embeddings, at any number of images."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from benchbench.core import Estimate, FeatureSet, Metric, SetMetric
from benchbench.hookspecs import hookimpl
from benchbench.stats.estimates import block_of, jackknife_estimate

if TYPE_CHECKING:
    from torch import Tensor

BANDWIDTH = 10.0
SCALE = 1000.0
ROWS = 1000
"""Rows of a kernel matrix that are computed at once."""


def kernel_sums(first: Tensor, second: Tensor) -> Tensor:
    """Return `float64[n]`: for each row of `[n, d]` the sum over the rows of `[m, d]` of exp(-‖a - b‖² / (2 · 10²))."""
    import torch

    one, other = first.double(), second.double()
    squares = other.square().sum(1)
    found = []
    for rows in one.split(ROWS):
        apart = rows.square().sum(1, keepdim=True) + squares - 2 * rows @ other.T
        found.append(torch.exp(-apart.clamp_min(0) / (2 * BANDWIDTH**2)).sum(1))
    return torch.cat(found)


def cmmd(samples: Tensor, real: Tensor) -> float:
    """Return 1000 MMD² with the biased estimate, diagonals included, as its authors compute it."""
    within = [float(kernel_sums(each, each).sum()) / len(each) ** 2 for each in (samples, real)]
    across = float(kernel_sums(samples, real).sum()) / (len(samples) * len(real))
    return SCALE * (within[0] + within[1] - 2 * across)


def without_blocks(samples: Tensor, real: Tensor, block: np.ndarray) -> list[float]:
    """Return the distance with each block of samples left out in turn, from one pass over the kernel of the samples.

    `block` is `int[N]`, one number per sample.
    """
    import torch

    inside = torch.from_numpy(np.eye(int(block.max()) + 1)[block])
    sums = torch.stack([kernel_sums(samples, samples[inside[:, b] > 0]) for b in range(inside.shape[1])], 1)
    between = (inside.T @ sums).numpy()
    across = (inside.T @ kernel_sums(samples, real)).numpy()
    of_real = float(kernel_sums(real, real).sum()) / len(real) ** 2
    counts = inside.sum(0).numpy()
    found = []
    for b in range(len(counts)):
        left = len(samples) - counts[b]
        own = between.sum() - between[b].sum() - between[:, b].sum() + between[b, b]
        other = across.sum() - across[b]
        found.append(float(SCALE * (own / left**2 + of_real - 2 * other / (left * len(real)))))
    return found


class Cmmd(SetMetric[FeatureSet]):
    """On CLIP alone, whose embeddings have unit length: the bandwidth of 10 was chosen for those."""

    name = "cmmd"
    summary = "CMMD: 1000 times the squared kernel distance (Gaussian, bandwidth 10) of CLIP's embeddings"
    higher_is_better = False
    extractor = "clip"
    keeps = ("pooled",)

    def compute(self, data: FeatureSet) -> Estimate:
        """Return the distance, with its error by leaving out blocks of conditions."""
        pooled, real = data.features["pooled"], data.real.pooled
        n, k, _ = pooled.shape
        samples, block = pooled.flatten(0, 1), np.repeat(block_of(data.groups), k)
        left_out = without_blocks(samples, real, block) if block.max() else []
        estimate = jackknife_estimate(cmmd(samples, real), left_out, data.groups)
        return dataclasses.replace(estimate, counts={"samples": n * k, "real": len(real)})


@hookimpl
def benchbench_metrics() -> Iterable[type[Metric]]:
    """Register the metric."""
    return (Cmmd,)
