"""Kernel distances of samples to the real pool: KID (Bińkowski et al., ICLR 2018), and MMD² over all samples.

The kernel of both is (x·y / d + 1)³. All sums of it come from strips of the Gram matrix, which is never kept.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from benchbench.core import BenchbenchError, Estimate, FeatureSet, Metric, SetMetric, Task, Uncertainty
from benchbench.core import uncertainty as kinds
from benchbench.hookspecs import hookimpl
from benchbench.stats.estimates import block_of, jackknife_estimate, logarithm_interval95
from benchbench.stats.strips import strip_rows

if TYPE_CHECKING:
    from torch import Tensor

SUBSETS = 100
SUBSET_SIZE = 1000


def kernel_sums(rows: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return `float64[S, S]`, WᵀKW for rows `[N, d]` and weights W `[N, S]`; each pair of rows is computed once."""
    wide, total = _widened(rows), np.zeros((weights.shape[1],) * 2)
    step = strip_rows(len(wide))
    for start in range(0, len(wide), step):
        stop = start + step
        strip = _cube(wide[start:stop] @ wide[start:].T)
        own = weights[start:stop]
        above = own.T @ (strip @ weights[start:])
        total += above + above.T - own.T @ (strip[:, : len(own)] @ own)
    return total


def cross_sums(rows: np.ndarray, weights: np.ndarray, others: np.ndarray, other_weights: np.ndarray) -> np.ndarray:
    """Return `float64[S, T]`, WᵀKV for rows `[N, d]` with weights W `[N, S]`, others `[M, d]` with V `[M, T]`."""
    wide, far = _widened(rows), _widened(others)
    total, step = np.zeros((weights.shape[1], other_weights.shape[1])), strip_rows(len(far))
    for start in range(0, len(wide), step):
        stop = start + step
        total += weights[start:stop].T @ (_cube(wide[start:stop] @ far.T) @ other_weights)
    return total


def _widened(rows: np.ndarray) -> np.ndarray:
    """Return rows `[N, d + 1]` whose inner products are x·y / d + 1."""
    return np.concatenate([rows / np.sqrt(rows.shape[1]), np.ones((len(rows), 1))], 1)


def _cube(gram: np.ndarray) -> np.ndarray:
    cubes: np.ndarray = gram * gram
    cubes *= gram
    return cubes


def _diagonal(rows: np.ndarray) -> np.ndarray:
    own: np.ndarray = (np.einsum("nd,nd->n", rows, rows) / rows.shape[1] + 1) ** 3
    return own


def _subset_distances(
    samples: np.ndarray, in_subset: np.ndarray, real: np.ndarray, real_in_subset: np.ndarray
) -> np.ndarray:
    """Return `float64[S]`, the unbiased MMD² of S subsets of m rows per side, marked by 1 in `[N, S]` and `[M, S]`."""
    m = in_subset[:, 0].sum()
    within = [
        np.diagonal(kernel_sums(rows, inside)) - _diagonal(rows) @ inside
        for rows, inside in ((samples, in_subset), (real, real_in_subset))
    ]
    between = np.diagonal(cross_sums(samples, in_subset, real, real_in_subset))
    estimates: np.ndarray = (within[0] + within[1]) / (m * (m - 1)) - 2 * between / m**2
    return estimates


def kernel_inception_distance(
    samples: np.ndarray,
    real: np.ndarray,
    subsets: int = SUBSETS,
    subset_size: int = SUBSET_SIZE,
    seed: int = 2020,
) -> tuple[float, float]:
    """Return the mean and the standard deviation of MMD² over random subsets of `float64[N, d]` and `float64[M, d]`.

    The subsets are those of torch-fidelity with this seed, cut to the smaller of the two sets. Where that is less work,
    one pass over all rows serves every subset.
    """
    size = min(subset_size, len(samples), len(real))
    if size < 2:
        raise BenchbenchError(f"kid needs at least 2 samples and 2 real images, got {len(samples)} and {len(real)}")
    generator = np.random.RandomState(seed)
    sides = (samples, real)
    drawn = [[generator.choice(len(rows), size, replace=False) for rows in sides] for _ in range(subsets)]
    if (len(samples) + len(real)) ** 2 <= subsets * (2 * size) ** 2:
        inside = [np.zeros((len(rows), subsets)) for rows in sides]
        for subset, chosen in enumerate(drawn):
            for marks, indices in zip(inside, chosen, strict=True):
                marks[indices, subset] = 1
        found = _subset_distances(samples, inside[0], real, inside[1])
    else:
        all_in = np.ones((size, 1))
        found = np.concatenate([_subset_distances(samples[i], all_in, real[j], all_in) for i, j in drawn])
    return float(found.mean()), float(found.std())


def kernel_distance(samples: np.ndarray, real: np.ndarray, groups: Sequence[str], within_real: float) -> Estimate:
    """Return the unbiased MMD² of samples `float64[n, K, d]` to real `float64[M, d]`, with its jackknife error.

    Samples of one group are not independent draws, so the mean over pairs of samples leaves out their pairs. The mean
    over pairs of real rows is `within_real`. Sums over pairs of blocks give the value without any one of them. With all
    pairs, those of a row with itself too, it is a squared length, above 0; the cubes of the kernel give it a long tail.
    The interval is of the logarithm of that, less what those pairs add.
    """
    (n, k, d), block = samples.shape, block_of(groups)
    names, index = np.unique(np.asarray(groups), return_inverse=True)
    if len(names) < 2:
        raise BenchbenchError("kernel compares samples of different groups of conditions; all are of one")
    rows, member = samples.reshape(n * k, d), np.repeat(np.eye(block.max() + 1)[block], k, axis=0)
    sizes, pair_sums = member.sum(0), kernel_sums(rows, member)
    pairs = np.outer(sizes, sizes)
    whole = pair_sums.sum() / pairs.sum()
    for group in range(len(names)):
        own, b = samples[index == group].reshape(-1, d), block[index == group][0]
        pair_sums[b, b] -= kernel_sums(own, np.ones((len(own), 1)))[0, 0]
        pairs[b, b] -= len(own) ** 2
    to_real = cross_sums(rows, member, real, np.ones((len(real), 1)))[:, 0]

    def distance(keep: np.ndarray) -> float:
        both = np.ix_(keep, keep)
        between = to_real[keep].sum() / (sizes[keep].sum() * len(real))
        return float(pair_sums[both].sum() / pairs[both].sum() + within_real - 2 * between)

    blocks = np.arange(len(sizes))
    left_out = [distance(np.delete(blocks, b)) for b in blocks] if len(names) > 2 else []
    estimate = jackknife_estimate(distance(blocks), left_out, groups)
    bias = whole - pair_sums.sum() / pairs.sum() + (_diagonal(real).mean() - within_real) / len(real)
    degrees = estimate.uncertainty.degrees if estimate.uncertainty else None
    interval = logarithm_interval95(estimate.value, estimate.standard_error, degrees, offset=float(bias))
    return dataclasses.replace(estimate, interval=interval)


@functools.lru_cache(maxsize=4)
def mean_within(pool: Tensor) -> float:
    """Return the mean of the kernel over the pairs of different rows of the real pool `[N, d]`."""
    rows = pool.double().numpy()
    if len(rows) < 2:
        raise BenchbenchError("a kernel distance needs at least 2 real images, got 1")
    total = kernel_sums(rows, np.ones((len(rows), 1)))[0, 0] - _diagonal(rows).sum()
    return float(total / (len(rows) * (len(rows) - 1)))


class Kernel(SetMetric[FeatureSet]):
    """All samples against the whole pool of real images, under any extractor."""

    name = "kernel"
    summary = "unbiased MMD² of all samples to the real pool, polynomial kernel: 0 where the laws are one"
    higher_is_better = False
    keeps = ("pooled",)

    def compute(self, data: FeatureSet) -> Estimate:
        """Return the distance; chance may take it below 0."""
        samples, pool = data.features["pooled"], data.real.pooled
        estimate = kernel_distance(
            samples.double().numpy(), pool.double().numpy(), data.groups, within_real=mean_within(pool)
        )
        return dataclasses.replace(estimate, counts={"samples": samples.shape[:2].numel(), "real": len(pool)})


class Kid(SetMetric[FeatureSet]):
    """The kernel Inception distance as it is published: of subsets, on Inception's weights alone."""

    name = "kid"
    summary = f"kernel Inception distance (KID): mean MMD² of {SUBSETS} subsets of {SUBSET_SIZE}, torch-fidelity's"
    extractor = "inception"
    higher_is_better = False
    keeps = ("pooled",)

    def variant(self, task: Task) -> str:
        """Return the numbers of the subsets."""
        return f"subsets={SUBSETS}x{SUBSET_SIZE}"

    def compute(self, data: FeatureSet) -> Estimate:
        """Return the mean over the subsets; its ± is no standard error, as all subsets are of the same samples."""
        samples, pool = data.features["pooled"].flatten(0, 1).double().numpy(), data.real.pooled.double().numpy()
        mean, deviation = kernel_inception_distance(samples, pool)
        size = min(SUBSET_SIZE, len(samples), len(pool))
        return Estimate(
            mean,
            deviation,
            len(data.groups),
            uncertainty=Uncertainty(kinds.SUBSETS, SUBSETS, SUBSETS, subset_size=size),
            counts={"samples": len(samples), "real": len(pool)},
            detail=f"{SUBSETS} subsets of {size}",
            flag=f"subsets of {size}, not {SUBSET_SIZE}: too few images" if size < SUBSET_SIZE else "",
        )


@hookimpl
def benchbench_metrics() -> Iterable[type[Metric]]:
    """Register the metrics."""
    return (Kernel, Kid)
