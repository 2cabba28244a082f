"""Clipped Density and Clipped Coverage (arXiv 2507.01761): 1 - s where a share s of the samples is bad.

Density clips the real balls at their median radius and each sample's count at k. Coverage counts, for each real image,
how many of its k nearest samples lie in its ball, and asks how many good samples would give as much.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from benchbench.core import Estimate, FeatureSet, Metric, SetMetric, Task
from benchbench.hookspecs import hookimpl
from benchbench.metrics.manifold import require_neighbours
from benchbench.stats.distances import euclidean
from benchbench.stats.estimates import block_of, jackknife_estimate, mean_estimate
from benchbench.stats.strips import strip_rows

if TYPE_CHECKING:
    from torch import Tensor

K = 5
"""The index of the neighbour that a ball reaches to."""
RIM = 1e-6
"""Relative: what is so near to the rim of a ball is on it."""


def neighbour_radii(real: Tensor, k: int = K) -> Tensor:
    """Return `float64[N]`: the distance of each row `[N, d]` to its k-th nearest other row."""
    import torch

    parts = real.split(strip_rows(len(real)))
    return torch.cat([euclidean(part, real).topk(k + 1, largest=False).values.amax(1) for part in parts])


def clipped_shares(rows: Tensor, real: Tensor, radii: Tensor, k: int = K, own: bool = False) -> Tensor:
    """Return `float64[M]`: min(1, balls that a row `[M, d]` is in / k); `own` where the rows are the real ones."""
    import torch

    counts = [(euclidean(part, real) <= radii * (1 + RIM)).sum(1) for part in rows.split(strip_rows(len(real)))]
    return ((torch.cat(counts) - int(own)) / k).clamp(0, 1).double()


def expected_coverage(real: int, samples: np.ndarray, k: int = K) -> np.ndarray:
    """Return f(m) `float64[…]`: the expected coverage of N real points by m good samples among all, for each m.

    How many of m are in the ball to the k-th of N - 1 others is beta-binomial: f(m) = 1 - 1/k Σ_{j<k} (k - j) P(j),
    P(j) = C(m, j) B(k + j, N - k + m - j) / B(k, N - k); 0 for m < k.
    """
    from scipy.special import betaln, gammaln

    m = np.asarray(samples, dtype=np.float64)[..., None]
    j = np.arange(k, dtype=np.float64)
    possible = np.maximum(m - j, 0)
    choose = gammaln(m + 1) - gammaln(j + 1) - gammaln(possible + 1)
    chance = np.exp(choose + betaln(k + j, real - k + possible) - betaln(k, real - k))
    found = 1 - ((k - j) * np.where(j <= m, chance, 0)).sum(-1) / k
    return np.where(m[..., 0] >= k, found, 0.0)


def calibrated(coverage: float, expected: np.ndarray) -> float:
    """Return the share of the numbers m = 0 … M whose expected coverage `[M + 1]` is below the one found."""
    return float(np.searchsorted(expected, coverage, "left") / len(expected))


def block_counts(samples: Tensor, real: Tensor, radii: Tensor, block: np.ndarray) -> np.ndarray:
    """Return `int64[N, B]`: how many samples `[n, d]` of each block `int[n]` are inside each real ball, its rim not."""
    import torch

    member = torch.nn.functional.one_hot(torch.from_numpy(block)).double()
    step = strip_rows(len(samples))
    parts = zip(real.split(step), (radii * (1 - RIM)).split(step), strict=True)
    counts = [(euclidean(part, samples) < radius[:, None]).double() @ member for part, radius in parts]
    return np.asarray(torch.cat(counts).long().numpy())


def clipped_coverage(counts: np.ndarray, sizes: np.ndarray, k: int = K) -> tuple[float, list[float]]:
    """Return the coverage, and that without each block, from counts `int64[N, B]` of blocks of these sizes `int[B]`."""

    def of(number: np.ndarray, samples: int) -> float:
        return calibrated(float(np.minimum(number, k).mean() / k), _expected(len(counts), samples, k))

    total, samples = counts.sum(1), int(sizes.sum())
    left_out = [of(total - own, samples - int(size)) for own, size in zip(counts.T, sizes, strict=True)]
    return of(total, samples), left_out if len(sizes) > 1 else []


@functools.lru_cache(maxsize=64)
def _expected(real: int, samples: int, k: int) -> np.ndarray:
    """Return f(0 … M), `float64[M + 1]`."""
    return expected_coverage(real, np.arange(samples + 1), k)


@functools.lru_cache(maxsize=2)
def _real_side(pool: Tensor) -> tuple[Tensor, float]:
    """Return the radii of the pool's balls, and the mean clipped share of the real images themselves."""
    radii = neighbour_radii(pool)
    own = clipped_shares(pool, pool, radii.clamp(max=float(radii.median())), own=True)
    return radii, float(own.mean())


class _Clipped(SetMetric[FeatureSet]):
    higher_is_better = True
    keeps = ("pooled",)

    def supports(self, task: Task) -> None:
        """Raise `Unsupported` where the real pool has too few images for a neighbourhood."""
        require_neighbours(self.name, task, K)

    def variant(self, task: Task) -> str:
        """Return which neighbour a ball reaches to."""
        return f"k={K}"


class ClippedDensity(_Clipped):
    """How densely real images lie around the samples, each sample at most once, over the same of real images."""

    name = "clipped-density"
    summary = "density with clipped balls and counts, over that of real images: 1 - s where a share s is bad"
    better = "more realistic"

    def compute(self, data: FeatureSet) -> Estimate:
        """Return the density, at most 1; its error is that of the samples."""
        samples, pool = data.features["pooled"], data.real.pooled
        radii, own = _real_side(pool)
        shares = clipped_shares(samples.flatten(0, 1), pool, radii.clamp(max=float(radii.median())))
        found = mean_estimate((shares.reshape(samples.shape[:2]).mean(1) / own).numpy(), data.groups)
        counts = {"samples": samples.shape[:2].numel(), "real": len(pool)}
        return dataclasses.replace(found, value=min(found.value, 1.0), counts=counts)


class ClippedCoverage(_Clipped):
    """Which share of so many samples would, as good ones, cover the real images as the samples do.

    Samples of one condition are not independent: one per condition is taken, K times, and the mean of the K reported.
    """

    name = "clipped-coverage"
    summary = "share of good samples that would cover the real images as well: 1 - s where a share s is bad"

    def compute(self, data: FeatureSet) -> Estimate:
        """Return the mean over the K draws of one sample per condition, with its error without blocks of conditions."""
        samples, pool = data.features["pooled"], data.real.pooled
        radii, block = _real_side(pool)[0], block_of(data.groups)
        sizes = np.bincount(block)
        found = [
            clipped_coverage(block_counts(samples[:, place], pool, radii, block), sizes)
            for place in range(samples.shape[1])
        ]
        left_out = np.mean([without for _, without in found], axis=0).tolist()
        estimate = jackknife_estimate(float(np.mean([value for value, _ in found])), left_out, data.groups)
        return dataclasses.replace(estimate, counts={"samples": samples.shape[:2].numel(), "real": len(pool)})


@hookimpl
def benchbench_metrics() -> Iterable[type[Metric]]:
    """Register the metrics."""
    return (ClippedDensity, ClippedCoverage)
