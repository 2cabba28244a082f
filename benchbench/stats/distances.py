"""Distances between embeddings, whose square is the extractor's perceptual distance; and what may be measured."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from benchbench.stats.strips import strip_rows

if TYPE_CHECKING:
    from torch import Tensor

_EXACT_UP_TO = 25
"""Between at most so many rows `torch.cdist` sums squares of differences; between more it multiplies matrices."""


def euclidean(first: Tensor, second: Tensor) -> Tensor:
    """Return `float64[n, m]`, the Euclidean distances of `[n, D]` to `[m, D]`; equal rows are at 0.

    By one matrix product around the common mean, in float64; what is left of a difference of equal rows by rounding is
    taken off.
    """
    rows = first.double()
    centre = rows.mean(0)
    rows = rows - centre
    if second is first:
        product = rows @ rows.T
        norms = others = product.diagonal()
    else:
        columns = second.double() - centre
        product = rows @ columns.T
        norms, others = rows.square().sum(1), columns.square().sum(1)
    scale = norms[:, None] + others[None]
    squares = scale - 2 * product
    return squares.where(squares > 1e-13 * scale, squares.new_zeros(())).sqrt()


def distances_to(others: Tensor) -> Callable[[Tensor], Tensor]:
    """Return a function from rows `[n, D]` to their Euclidean distances `[n, m]` to others `[m, D]`, all of one dtype.

    Bit for bit those of `torch.cdist`, for many calls with few rows: what depends on the others alone, which is most
    of the work then, is computed once.
    """
    import torch

    if len(others) <= _EXACT_UP_TO:
        return lambda rows: torch.cdist(rows, others)
    columns = torch.cat([others, others.new_ones(len(others), 1), others.square().sum(1, keepdim=True)], 1).mT

    def distances(rows: Tensor) -> Tensor:
        norms = rows.square().sum(1, keepdim=True)
        squares = torch.cat([-2 * rows, norms, torch.ones_like(norms)], 1) @ columns
        return squares.clamp_min_(0).sqrt_()

    return distances


def nearest(rows: Tensor, others: Tensor, owner: Tensor | None = None) -> Tensor:
    """Return `float64[N]`: each row's distance to the nearest of the others `[M, d]`, in blocks of bounded memory.

    With `owner` (`int64[N]`, where both are the same rows), rows of the same owner are not looked at.
    """
    return nearest_place(rows, others, owner)[0]


def nearest_place(rows: Tensor, others: Tensor, owner: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Return what `nearest` does, and `int64[N]`: which one of the others it is."""
    import torch

    centre = others.float().mean(0)
    rows, others = rows.float() - centre, others.float() - centre
    norms = others.square().sum(1)
    found, places = [], []
    step = strip_rows(len(others))
    for start in range(0, len(rows), step):
        block = rows[start : start + step]
        squares = norms - 2 * block @ others.T
        if owner is not None:
            squares.masked_fill_(owner[start : start + step, None] == owner[None], float("inf"))
        places.append(squares.argmin(1))
        found.append((block - others[places[-1]]).double().norm(dim=1))
    return torch.cat(found), torch.cat(places)


@functools.lru_cache(maxsize=1)
def nearest_elsewhere(sketches: Tensor) -> Tensor:
    """Return `float64[n, K]`: each sample's distance to the nearest one of another condition, for `[n, K, d]`."""
    import torch

    n, k, _ = sketches.shape
    return nearest(sketches.flatten(0, 1), sketches.flatten(0, 1), torch.arange(n).repeat_interleave(k)).reshape(n, k)


def alike_in_blocks(sketches: Tensor, threshold: float, block: np.ndarray) -> np.ndarray:
    """Return `bool[n, K, B]`: whether a sample has one of another condition within the threshold, by block of these.

    For sketches `[n, K, d]` and blocks `int[n]` by condition. Only samples whose nearest one elsewhere is within the
    threshold are looked at; by float32 products, so that a distance at the threshold may fall on either side.
    """
    import torch

    n, k, _ = sketches.shape
    rows = sketches.flatten(0, 1).float()
    rows = rows - rows.mean(0)
    norms, owner = rows.square().sum(1), torch.arange(n).repeat_interleave(k)
    order = torch.from_numpy(np.argsort(block, kind="stable")).repeat_interleave(k) * k + torch.arange(k).repeat(n)
    sizes = (np.bincount(block) * k).tolist()
    asked = (nearest_elsewhere(sketches).flatten() <= threshold).nonzero()[:, 0]
    found = torch.zeros(n * k, len(sizes), dtype=torch.bool)
    for some in asked.split(strip_rows(len(rows))):
        squares = norms[some, None] + norms[order] - 2 * rows[some] @ rows[order].T
        squares.masked_fill_(owner[some, None] == owner[order], float("inf"))
        found[some] = torch.stack([(part <= threshold**2).any(1) for part in squares.split(sizes, 1)], 1)
    return np.asarray(found.reshape(n, k, -1).numpy())


def require_bytes(images: Tensor) -> Tensor:
    """Return the images if they are `uint8`; refuse others, whose range would be a guess."""
    import torch

    if images.dtype != torch.uint8:
        raise TypeError(f"images are measured as uint8 in 0..255, got {images.dtype}")
    return images
