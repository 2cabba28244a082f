"""The Fréchet distance extrapolated to infinitely many samples (Chong & Forsyth, CVPR 2020)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

import numpy as np

from benchbench.core import BenchbenchError, Estimate, FeatureSet, Metric, SetMetric
from benchbench.core.noise import stream
from benchbench.hookspecs import hookimpl
from benchbench.metrics.frechet import Gaussian, SampleSide, real_side
from benchbench.stats.estimates import block_of, jackknife_estimate

SIZES = 15
FEWEST_SHARE = 0.1
"""The smallest subset's share of the conditions."""
SMALLEST = 2
"""Conditions in the smallest subset, at least."""


def subset_sizes(conditions: int) -> list[int]:
    """Return the sizes of the subsets, in conditions, evenly spaced up to all of them; each once."""
    first = min(conditions, max(SMALLEST, round(FEWEST_SHARE * conditions)))
    return sorted({round(size) for size in np.linspace(first, conditions, SIZES).tolist()})


def extrapolated(counts: Sequence[int], distances: Sequence[float]) -> float:
    """Return the intercept of the least-squares line of distances over 1/N; the one distance where there is one N."""
    if len(set(counts)) < 2:
        return float(distances[-1])
    _, intercept = np.polyfit(1 / np.asarray(counts, dtype=np.float64), np.asarray(distances), 1)
    return float(intercept)


class FrechetInfinity(SetMetric[FeatureSet]):
    """What the Fréchet distance tends to as samples become many: its bias in their number is taken off.

    Subsets are whole conditions, drawn without replacement from a fixed stream. The bias in the number of real images
    stays, and is the same for all methods.
    """

    name = "frechet-infinity"
    summary = "Fréchet distance extrapolated to infinitely many samples (FD∞), on pooled features"
    higher_is_better = False
    keeps = ("pooled",)

    def compute(self, data: FeatureSet) -> Estimate:
        """Return the intercept, with its error by leaving out blocks of conditions from every subset."""
        pooled = data.features["pooled"]
        n, k, d = pooled.shape
        if n < 2 or len(data.real.pooled) < 2:
            raise BenchbenchError(f"a covariance needs 2 rows per side, got {n} conditions")
        rows, real = pooled.double().numpy(), real_side(data.real.pooled)
        order = _order(data)
        subsets = [order[:size] for size in subset_sizes(n)]
        block = block_of(data.groups)
        blocks = block.max() + 1 if block.max() else 0
        table = np.array([_distances(rows[subset], block[subset], blocks, real) for subset in subsets])
        counts = [len(subset) * k for subset in subsets]
        left_out = []
        for b in range(blocks):
            there = [i for i, subset in enumerate(subsets) if (block[subset] != b).sum() > 1]
            left = [int((block[subsets[i]] != b).sum()) * k for i in there]
            left_out.append(extrapolated(left, [table[i, 1 + b] for i in there]))
        estimate = jackknife_estimate(extrapolated(counts, table[:, 0].tolist()), left_out, data.groups)
        flag = f"subsets of fewer than {d + 1:,} images for {d:,} features" if counts[0] < d + 1 else ""
        sizes = {"samples": n * k, "smallest subset": counts[0], "real": len(data.real.pooled)}
        return dataclasses.replace(estimate, counts=sizes, flag=flag)


def _order(data: FeatureSet) -> np.ndarray:
    """Return a permutation of the conditions that depends on their ids alone, not on their order."""
    ids = [example.id for example in data.examples]
    by_id = np.argsort(ids)
    found: np.ndarray = by_id[stream("frechet-infinity", len(ids)).permutation(len(ids))]
    return found


def _distances(rows: np.ndarray, block: np.ndarray, blocks: int, real: Gaussian) -> list[float]:
    """Return the distance of the conditions `[n, k, d]`, then without each block; NaN with fewer than two left."""
    n, k, d = rows.shape
    side = SampleSide(rows.reshape(n * k, d), real)
    found = [side.distance(np.zeros(n * k, dtype=bool))]
    for b in range(blocks):
        out = np.repeat(block == b, k)
        found.append(side.distance(out) if (~out).sum() > k else float("nan"))
    return found


@hookimpl
def benchbench_metrics() -> Iterable[type[Metric]]:
    """Register the metric."""
    return (FrechetInfinity,)
