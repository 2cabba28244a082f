"""Whether conditions and references belong together: Mantel's test (Cancer Research 27, 1967) by permutation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from benchbench.core import Example
from benchbench.core.noise import stream

if TYPE_CHECKING:
    from torch import Tensor

PERMUTATIONS = 199
SIDE = 8
"""Images are looked at as means over a grid of so many cells per side."""


def condition_distances(examples: Sequence[Example]) -> np.ndarray:
    """Return `float64[n, n]`: distances between conditions, each modality scaled to a mean of 1, summed."""
    total = np.zeros((len(examples), len(examples)))
    for modality in examples[0].condition:
        found = distances([example.condition[modality][None] for example in examples])
        total += found / found.mean() if found.any() else found
    return total


def distances(values: Sequence[Tensor]) -> np.ndarray:
    """Return `float64[n, n]`: Euclidean distances between values `[1, …]`; labels are 0 or 1 apart.

    Images `[1, C, h, w]` are averaged over a grid of 8 x 8 cells first, so that what is compared is their layout.
    """
    import torch

    stacked = torch.cat(list(values))
    if stacked.ndim == 1 and not stacked.is_floating_point():
        unlike: np.ndarray = (stacked[:, None] != stacked[None]).double().numpy()
        return unlike
    wide = stacked.double()
    if wide.ndim == 4:
        wide = torch.nn.functional.adaptive_avg_pool2d(wide, SIDE)
    flat = wide.flatten(1)
    found: np.ndarray = torch.cdist(flat, flat).numpy()
    return found


def chance(first: np.ndarray, second: np.ndarray) -> float:
    """Return how likely unrelated values are to be as related as these, from two tables of distances `[n, n]`.

    The statistic is the correlation of the distances, one-sided; the examples of the second table are permuted. Tables
    of one distance alone are related to nothing: 1.
    """
    upper = np.triu_indices(len(first), 1)
    if np.ptp(first[upper]) == 0 or np.ptp(second[upper]) == 0:
        return 1.0
    centred = first[upper] - first[upper].mean()
    own = float(centred @ second[upper])
    generator = stream("related", len(first))
    as_much = 0
    for _ in range(PERMUTATIONS):
        order = generator.permutation(len(first))
        as_much += float(centred @ second[np.ix_(order, order)][upper]) >= own
    return (1 + as_much) / (1 + PERMUTATIONS)
