"""Precision and recall (Kynkäänniemi et al., NeurIPS 2019), density and coverage (Naeem et al., ICML 2020).

The ball of a point reaches to the k-th nearest other point of its own set; a point on its rim is in it, so that points
that coincide are in one another's balls even where these have radius 0.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from benchbench.core import BenchbenchError, Estimate, FeatureSet, Metric, SetMetric, Task, Unsupported
from benchbench.hookspecs import hookimpl
from benchbench.stats.estimates import mean_estimate
from benchbench.stats.shares import reached, share_estimate, with_wilson
from benchbench.stats.strips import strip_rows

if TYPE_CHECKING:
    from torch import Tensor

K = 5
"""The index of the neighbour that a ball reaches to."""
_RIM = 1e-12
"""Relative tolerance on the squared radius of a ball: float64 rounds points on the rim."""


@dataclass(frozen=True)
class Balls:
    """Closed balls around the rows of one set, each to the k-th nearest other row."""

    squares: Tensor
    """`float64[N]`, the squared radii, with the rim."""
    held: Tensor
    """`float64[N]`, how many other rows a ball holds: k, or more where rows tie."""


@dataclass(frozen=True)
class Manifold:
    """Which points of two sets are in which balls; samples come in B blocks, such as groups of conditions."""

    precise: np.ndarray
    """`bool[N]`: the sample is in the ball of some real point."""
    density: np.ndarray
    """`float64[N]`: real balls that the sample is in, each one over the real points that it holds."""
    recalled: np.ndarray
    """`bool[M, B]`: the real point is in the ball of some sample of the block."""
    covered: np.ndarray
    """`bool[M, B]`: some sample of the block is in the ball of the real point."""


def manifold(samples: Tensor, real: Tensor, block: Tensor, k: int = K, real_balls: Balls | None = None) -> Manifold:
    """Return which points are in which balls: samples `[N, d]` in blocks `int64[N]`, real points `[M, d]`; in float64.

    A sample in balls of k real points has density 1. Where real points tie, their balls hold more than k, which the
    density takes into account: the authors' code divides by k, and calls a point on the rim outside.
    """
    import torch

    samples, real = _centred(samples, real), _centred(real, real)
    own, theirs = balls(samples, k), real_balls or balls(real, k)
    order = block.argsort(stable=True)
    samples, reach = samples[order], own.squares[order]
    sizes = torch.bincount(block).tolist()
    precise = torch.zeros(len(samples), dtype=torch.bool)
    density = torch.zeros(len(samples), dtype=torch.float64)
    recalled, covered, step = [], [], strip_rows(len(samples))
    for start in range(0, len(real), step):
        stop = start + step
        squares = _squares(real[start:stop], samples)
        recalled.append(torch.stack([part.any(1) for part in (squares <= reach).split(sizes, 1)], 1))
        inside = squares <= theirs.squares[start:stop, None]
        covered.append(torch.stack([part.any(1) for part in inside.split(sizes, 1)], 1))
        precise |= inside.any(0)
        density += (1 / theirs.held[start:stop]) @ inside.double()
    back = order.argsort()
    return Manifold(
        precise[back].numpy(), density[back].numpy(), torch.cat(recalled).numpy(), torch.cat(covered).numpy()
    )


def balls(rows: Tensor, k: int) -> Balls:
    """Return the balls around rows `float64[N, d]`."""
    import torch

    if len(rows) <= k:
        raise BenchbenchError(f"the balls to the {k}th nearest neighbour need {k + 1} points per side, got {len(rows)}")
    reaches, held, step = [], [], strip_rows(len(rows))
    for start in range(0, len(rows), step):
        strip = rows[start : start + step]
        squares = _squares(strip, rows)
        radius = squares.topk(k + 1, largest=False).values.amax(1)
        # another point of the ball has at most twice the norm and the radius, squared, and so has its rounding
        reach = radius + _RIM * (3 * strip.square().sum(1) + 2 * radius)
        reaches.append(reach)
        held.append((squares <= reach[:, None]).sum(1) - 1)
    return Balls(torch.cat(reaches), torch.cat(held).double())


def _centred(rows: Tensor, real: Tensor) -> Tensor:
    """Return the rows around the mean of the real points, so that little cancels in their distances."""
    return rows.double() - real.double().mean(0)


def _squares(rows: Tensor, others: Tensor) -> Tensor:
    """Return `float64[N, M]`, the squared distances, by one matrix product."""
    import torch

    squares = torch.addmm(others.square().sum(1)[None], rows, others.T, alpha=-2)
    return squares.add_(rows.square().sum(1)[:, None])


@functools.lru_cache(maxsize=2)
def _real_balls(pool: Tensor) -> Balls:
    return balls(_centred(pool, pool), K)


@functools.lru_cache(maxsize=1)
def _manifold(samples: Tensor, pool: Tensor, groups: tuple[str, ...]) -> Manifold:
    """Return the manifold of samples `[n, K, d]` by group of conditions, in the order of their names, for all."""
    import torch

    _, group = np.unique(np.asarray(groups), return_inverse=True)
    block = torch.from_numpy(group).repeat_interleave(samples.shape[1])
    return manifold(samples.flatten(0, 1), pool, block, K, _real_balls(pool))


def require_neighbours(who: str, task: Task, k: int) -> None:
    """Raise `Unsupported`, in the name of a metric, where the real pool has too few images for k neighbours."""
    number = len(task.real_pool())
    if number <= k:
        raise Unsupported(f"{who} needs {k + 1} real images; {task.name} has {number}")


class _Manifold(SetMetric[FeatureSet]):
    higher_is_better = True
    keeps = ("pooled",)

    def supports(self, task: Task) -> None:
        """Raise `Unsupported` where the real pool has too few images for a neighbourhood."""
        require_neighbours(self.name, task, K)

    def variant(self, task: Task) -> str:
        """Return which neighbour a ball reaches to."""
        return f"k={K}"

    def compute(self, data: FeatureSet) -> Estimate:
        """Return the score, with the numbers of both sides."""
        samples, pool = data.features["pooled"], data.real.pooled
        found = _manifold(samples, pool, tuple(data.groups))
        counts = {"samples": samples.shape[:2].numel(), "real": len(pool)}
        return dataclasses.replace(self._estimate(found, samples.shape[1], data.groups), counts=counts)

    def _estimate(self, found: Manifold, samples_per_condition: int, groups: Sequence[str]) -> Estimate:
        raise NotImplementedError


class Precision(_Manifold):
    """Share of samples that are among the real images."""

    name = "precision"
    summary = "share of samples in the neighbourhood of some real image"
    better = "more realistic"

    def _estimate(self, found: Manifold, samples_per_condition: int, groups: Sequence[str]) -> Estimate:
        estimate = mean_estimate(found.precise.reshape(-1, samples_per_condition).mean(1), groups)
        return with_wilson(estimate, found.precise.size)


class Recall(_Manifold):
    """Share of real images that are among the samples; its error takes the samples' radii as given."""

    name = "recall"
    summary = "share of real images in the neighbourhood of some sample"

    def _estimate(self, found: Manifold, samples_per_condition: int, groups: Sequence[str]) -> Estimate:
        return share_estimate(reached(found.recalled), groups, len(found.recalled))


class Density(_Manifold):
    """How densely real images lie around the samples."""

    name = "density"
    summary = "real neighbourhoods that a sample is in, over k: 1 is right on average, more is legal"
    better = "more realistic"

    def _estimate(self, found: Manifold, samples_per_condition: int, groups: Sequence[str]) -> Estimate:
        return mean_estimate(found.density.reshape(-1, samples_per_condition).mean(1), groups)


class Coverage(_Manifold):
    """Share of real images that have a sample close by."""

    name = "coverage"
    summary = "share of real images whose neighbourhood holds a sample"

    def _estimate(self, found: Manifold, samples_per_condition: int, groups: Sequence[str]) -> Estimate:
        return share_estimate(reached(found.covered), groups, len(found.covered))


@hookimpl
def benchbench_metrics() -> Iterable[type[Metric]]:
    """Register the metrics."""
    return (Precision, Recall, Density, Coverage)
