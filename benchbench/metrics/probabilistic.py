"""Probabilistic precision and recall (P-precision, P-recall: Park & Kim, ICCV 2023): soft balls of one radius.

A point v belongs to the set of r_1 … r_N with probability 1 - Π_i (1 - p_i), p_i = max(0, 1 - ‖v - r_i‖ / (a R)). R is
the mean distance of the set's points to their k-th neighbour, so that no single outlier makes a large ball.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from benchbench.core import Estimate, FeatureSet, Metric, SetMetric, Task, Undefined
from benchbench.hookspecs import hookimpl
from benchbench.metrics.clipped import neighbour_radii
from benchbench.metrics.manifold import require_neighbours
from benchbench.stats.distances import euclidean
from benchbench.stats.estimates import block_of, jackknife_estimate, mean_estimate
from benchbench.stats.strips import strip_rows

if TYPE_CHECKING:
    from torch import Tensor

K = 4
"""The index of the neighbour that fixes the radius."""
SCALE = 1.2
"""Of the radius: a in the paper."""


def log_outside(rows: Tensor, others: Tensor, radius: float) -> Tensor:
    """Return `float64[n, m]`: log(1 - p) of rows `[n, d]` and each point of `[m, d]` alone; -inf where they meet."""
    import torch

    distances = euclidean(rows, others)
    if radius == 0:
        return torch.where(distances == 0, -torch.inf, 0.0)
    return (distances / radius).clamp(max=1).log()


def membership(rows: Tensor, others: Tensor, k: int = K, scale: float = SCALE) -> Tensor:
    """Return `float64[n]` in [0, 1]: how probably each row `[n, d]` belongs to the set of points `[m, d]`."""
    import torch

    radius = scale * float(neighbour_radii(others, k).mean())
    parts = rows.split(strip_rows(len(others)))
    return torch.cat([1 - log_outside(part, others, radius).sum(1).exp() for part in parts])


class _Probabilistic(SetMetric[FeatureSet]):
    higher_is_better = True
    keeps = ("pooled",)

    def supports(self, task: Task) -> None:
        """Raise `Unsupported` where the real pool has too few images for a neighbourhood."""
        require_neighbours(self.name, task, K)

    def variant(self, task: Task) -> str:
        """Return the neighbour and the scale."""
        return f"k={K},a={SCALE:g}"


@functools.lru_cache(maxsize=2)
def _radius(pool: Tensor) -> float:
    return SCALE * float(neighbour_radii(pool, K).mean())


class ProbabilisticPrecision(_Probabilistic):
    """How probably a sample belongs to the real images."""

    name = "p-precision"
    summary = "mean probability that a sample belongs to the real images, by soft balls of one radius"
    better = "more realistic"

    def compute(self, data: FeatureSet) -> Estimate:
        """Return the mean over samples."""
        import torch

        samples, pool = data.features["pooled"], data.real.pooled
        rows, radius = samples.flatten(0, 1), _radius(pool)
        parts = rows.split(strip_rows(len(pool)))
        found = torch.cat([1 - log_outside(part, pool, radius).sum(1).exp() for part in parts])
        estimate = mean_estimate(found.reshape(samples.shape[:2]).mean(1).numpy(), data.groups)
        return dataclasses.replace(estimate, counts={"samples": len(rows), "real": len(pool)})


class ProbabilisticRecall(_Probabilistic):
    """How probably a real image belongs to the samples; its error takes the radius as given.

    Samples of one condition are not independent: one per condition is taken, K times, and the mean of the K reported.
    """

    name = "p-recall"
    summary = "mean probability that a real image belongs to the samples, by soft balls of one radius"

    def compute(self, data: FeatureSet) -> Estimate:
        """Return the mean over the K draws of one sample per condition, with its error without blocks of conditions."""
        samples, pool, block = data.features["pooled"], data.real.pooled, block_of(data.groups)
        if len(samples) <= K:
            raise Undefined(f"it needs {K + 1} conditions for a neighbourhood, got {len(samples)}")
        found = [_recall(samples[:, place], pool, block) for place in range(samples.shape[1])]
        left_out = np.mean([without for _, without in found], axis=0).tolist()
        estimate = jackknife_estimate(float(np.mean([value for value, _ in found])), left_out, data.groups)
        return dataclasses.replace(estimate, counts={"samples": samples.shape[:2].numel(), "real": len(pool)})


def _recall(samples: Tensor, pool: Tensor, block: np.ndarray) -> tuple[float, list[float]]:
    """Return the recall of the pool `[N, d]` by samples `[n, d]`, and that without each block `int[n]`."""
    import torch

    radius = SCALE * float(neighbour_radii(samples, K).mean())
    places = [torch.from_numpy(np.flatnonzero(block == b)) for b in range(block.max() + 1)]
    logs = torch.cat(
        [
            torch.stack([part[:, own].sum(1) for own in places], 1)
            for part in (log_outside(rows, samples, radius) for rows in pool.split(strip_rows(len(samples))))
        ]
    )
    everything = float((1 - logs.sum(1).exp()).mean())
    if len(places) < 2:
        return everything, []
    number = range(len(places))
    without = [float((1 - logs[:, [i for i in number if i != b]].sum(1).exp()).mean()) for b in number]
    return everything, without


@hookimpl
def benchbench_metrics() -> Iterable[type[Metric]]:
    """Register the metrics."""
    return (ProbabilisticPrecision, ProbabilisticRecall)
