"""Copies of the training set, against held-out real images as the null: C_T and the gap of authentic shares.

A method that generalises is as far from the training images as the test references are. C_T: Meehan, Chaudhuri &
Dasgupta, AISTATS 2020. Authenticity: Alaa, van Breugel, Saveliev & van der Schaar, ICML 2022; its share of real images
is far from 50 % and depends on the dimension, so that only the gap says something.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from benchbench.core import Estimate, FeatureSet, Metric, SetMetric, Task, Unsupported
from benchbench.core.noise import stream
from benchbench.hookspecs import hookimpl
from benchbench.stats.distances import nearest, nearest_place
from benchbench.stats.estimates import block_of, jackknife_estimate, mean_estimate

if TYPE_CHECKING:
    from torch import Tensor

COMPONENTS = 64
"""Leading principal components of the training images, in which distances are taken."""
CELLS = 5
"""Of k-means on the training images."""
LEAST = 10
"""A cell with fewer samples or held-out images has no say."""
_ROUNDS = 30


@dataclass(frozen=True)
class Training:
    """What both metrics need of the training images."""

    mean: Tensor
    """`float64[d]`."""
    axes: Tensor
    """`float64[d, c]`: the leading principal axes."""
    rows: Tensor
    """`float64[N, c]`: the images in these axes."""
    nearest: Tensor
    """`float64[N]`: the distance of each to the nearest other one."""
    cells: Tensor
    """`int64[N]`: the cell of each."""

    def place(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Return `float64[M]` and `int64[M]`: the distance of rows `[M, d]` to the nearest image, and which it is."""
        return nearest_place((rows.double() - self.mean) @ self.axes, self.rows)


@functools.lru_cache(maxsize=1)
def training(pool: Tensor) -> Training:
    """Return the training images `[N, d]` in their leading axes, with their own neighbours and cells."""
    import torch

    mean = pool.double().mean(0)
    centred = pool.double() - mean
    axes = torch.linalg.eigh(centred.T @ centred).eigenvectors[:, -COMPONENTS:]
    rows = centred @ axes
    own = nearest(rows, rows, torch.arange(len(rows)))
    return Training(mean, axes, rows, own, cells_of(rows))


def cells_of(rows: Tensor, number: int = CELLS) -> Tensor:
    """Return `int64[N]`: the cell of each row `[N, d]` after k-means, seeded, from centres far apart (k-means++)."""
    import torch

    generator = stream("data-copying cells", len(rows))
    centres = rows[int(generator.integers(len(rows)))][None]
    while len(centres) < min(number, len(rows)):
        chance = torch.cdist(rows, centres).amin(1).square().cumsum(0)
        place = int(torch.searchsorted(chance, float(generator.random()) * float(chance[-1])))
        centres = torch.cat([centres, rows[min(place, len(rows) - 1)][None]])
    cells = torch.cdist(rows, centres).argmin(1)
    for _ in range(_ROUNDS):
        centres = torch.stack(
            [rows[cells == i].mean(0) if bool((cells == i).any()) else centres[i] for i in range(len(centres))]
        )
        again = torch.cdist(rows, centres).argmin(1)
        if bool((again == cells).all()):
            break
        cells = again
    return cells


def z_score(wins: float, samples: int, held_out: int) -> float:
    """Return Mann and Whitney's U as a standard normal number: below 0 where samples are nearer to the training images.

    `wins` is U, the number of pairs in which the sample is farther away than the held-out image; a tie is a half.
    """
    pairs = samples * held_out
    return (wins - (pairs / 2 - 0.5)) / math.sqrt(pairs * (samples + held_out + 1) / 12)


def copying(samples: Tensor, held_out: Tensor, cells: tuple[Tensor, Tensor], block: np.ndarray) -> np.ndarray:
    """Return `float64[B + 1]`: C_T of distances `[n]` against `[n]` of the same conditions, then without each block.

    `cells` are those of both, `int64[n]`; `block` is that of each condition. The z-scores of the cells are weighted by
    their shares of the held-out images; where no cell has enough, all are one cell.
    """
    import torch

    member = torch.nn.functional.one_hot(torch.from_numpy(block)).double()
    farther = (samples[:, None] > held_out).double() + (samples[:, None] == held_out).double() / 2
    places = member.shape[1] + 1 if member.shape[1] > 1 else 1
    kept = torch.ones(places, member.shape[1], dtype=torch.float64)
    kept[1:] -= torch.eye(member.shape[1], dtype=torch.float64)[: places - 1]
    totals, weights = np.zeros(places), np.zeros(places)
    for cell in range(CELLS):
        ours, theirs = ((each == cell).double()[:, None] * member for each in cells)
        _add(totals, weights, kept, (ours, theirs, ours.T @ farther @ theirs), LEAST)
    none = weights == 0
    if none.any():
        whole, numbers = np.zeros(places), np.zeros(places)
        _add(whole, numbers, kept, (member, member, member.T @ farther @ member), 1)
        totals[none], weights[none] = whole[none], numbers[none]
    return np.asarray(totals / weights)


def _add(
    totals: np.ndarray, weights: np.ndarray, kept: Tensor, sides: tuple[Tensor, Tensor, Tensor], least: int
) -> None:
    """Add one cell's z-score to each set of blocks that are kept, weighted by its held-out images, if it has enough.

    `kept` is `float64[P, B]`; the sides are the members of both by block, `float64[n, B]`, and their wins `[B, B]`.
    """
    ours, theirs, wins = sides
    numbers = [(kept @ each.sum(0)).tolist() for each in (ours, theirs)]
    won = ((kept @ wins) * kept).sum(1).tolist()
    for place, (n, m, u) in enumerate(zip(*numbers, won, strict=True)):
        if min(n, m) >= least:
            totals[place] += m * z_score(u, int(n), int(m))
            weights[place] += m


@functools.lru_cache(maxsize=1)
def _placed(samples: Tensor, references: Tensor, pool: Tensor) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """Return distance and nearest training image of samples `[n, K]`, then of held-out images `[n, R]`."""

    def place(rows: Tensor) -> tuple[Tensor, Tensor]:
        distances, places = training(pool).place(rows.flatten(0, 1))
        return distances.reshape(rows.shape[:2]), places.reshape(rows.shape[:2])

    return place(samples), place(references)


class _Copying(SetMetric[FeatureSet]):
    higher_is_better = None
    null = 0.0
    keeps = ("pooled",)

    def supports(self, task: Task) -> None:
        """Raise `Unsupported` where there are too few training images for cells."""
        number = len(task.real_pool())
        if number < 2 * CELLS:
            raise Unsupported(f"{self.name} needs {2 * CELLS} training images; {task.name} has {number}")

    def _counts(self, data: FeatureSet) -> dict[str, int]:
        samples, references = data.features["pooled"], data.real.reference_pooled
        return {
            "samples": samples.shape[:2].numel(),
            "held-out": references.shape[:2].numel(),
            "training": len(data.real.pooled),
        }


class DataCopying(_Copying):
    """C_T: z-score of the samples' distances to the training images against held-out images'; negative is copying."""

    name = "data-copying"
    summary = "C_T: how much nearer samples are to the training images than held-out real images, as a z-score"

    def compute(self, data: FeatureSet) -> Estimate:
        """Return the mean z-score of one sample and one held-out image per condition, K times, with its error."""
        pool, references = data.real.pooled, data.real.reference_pooled
        (ours, our_place), (theirs, their_place) = _placed(data.features["pooled"], references, pool)
        cells, block, r = training(pool).cells, block_of(data.groups), references.shape[1]
        found = np.stack(
            [
                copying(ours[:, k], theirs[:, k % r], (cells[our_place[:, k]], cells[their_place[:, k % r]]), block)
                for k in range(ours.shape[1])
            ]
        ).mean(0)
        estimate = jackknife_estimate(float(found[0]), found[1:].tolist(), data.groups)
        return dataclasses.replace(estimate, counts=self._counts(data))


class AuthenticityGap(_Copying):
    """AuthPct of the samples less that of held-out images: negative is copying."""

    name = "authenticity-gap"
    summary = "share of samples that are authentic (no copy of a training image) less that of held-out real images"

    def compute(self, data: FeatureSet) -> Estimate:
        """Return the mean difference of the shares over conditions."""
        pool = data.real.pooled
        own = training(pool).nearest
        ours, theirs = (
            (own[places] < distances).double().mean(1)
            for distances, places in _placed(data.features["pooled"], data.real.reference_pooled, pool)
        )
        estimate = mean_estimate((ours - theirs).numpy(), data.groups)
        detail = f"{100 * float(theirs.mean()):.0f} % of the held-out images are authentic"
        return dataclasses.replace(estimate, counts=self._counts(data), detail=detail)


@hookimpl
def benchbench_metrics() -> Iterable[type[Metric]]:
    """Register the metrics."""
    return (DataCopying, AuthenticityGap)
