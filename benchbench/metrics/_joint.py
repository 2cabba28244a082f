"""What joint metrics look at: conditions and outputs as short vectors, in directions fitted on training data."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from benchbench.core import Example, Task, Unsupported

if TYPE_CHECKING:
    from torch import Tensor

SIDE = 8
"""A condition that is an image is looked at as the means of so many cells per side."""
TRAINING = 1000
"""At most so many training conditions, evenly spaced, say which directions conditions vary in."""
PER_COMPONENT = 20
"""Test conditions per component of the condition: with fewer, sums over components are noise, not information."""


@dataclass(frozen=True)
class Components:
    """The leading principal components of some rows."""

    mean: np.ndarray
    """`float64[p]`."""
    directions: np.ndarray
    """`float64[p, q]`, of unit length, the one of the largest variance first."""
    stds: np.ndarray
    """`float64[q]`, above 0: the standard deviation of the rows along each."""

    def of(self, rows: np.ndarray) -> np.ndarray:
        """Return `float64[…, q]`: rows `[…, p]` along the components, around the mean."""
        found: np.ndarray = (rows - self.mean) @ self.directions
        return found

    def whitened(self, rows: np.ndarray) -> np.ndarray:
        """Return the same in standard deviations."""
        found: np.ndarray = self.of(rows) / self.stds
        return found


def components(rows: np.ndarray, most: int) -> Components:
    """Return at most so many components of `[N, p]`, without those along which nothing varies."""
    wide = rows.astype(np.float64)
    mean = wide.mean(0)
    centred = wide - mean
    values, vectors = np.linalg.eigh(centred.T @ centred / len(wide))
    kept = np.flatnonzero(values > 1e-10 * max(values[-1], 1e-30))[::-1][:most]
    return Components(mean, vectors[:, kept], np.sqrt(values[kept]))


def condition_scores(task: Task, examples: Sequence[Example], most: int | None = None) -> np.ndarray:
    """Return `float64[n, q]`: the conditions along their leading components, fitted on training conditions.

    By default one component for every 20 conditions given, one at least.
    """
    describe, fitted = _fitted(task)
    number = max(1, len(examples) // PER_COMPONENT) if most is None else most
    return fitted.of(describe.rows(examples))[:, :number]


def condition_units(task: Task, examples: Sequence[Example], most: int) -> np.ndarray:
    """Return the same in standard deviations of the training conditions, with at most so many components."""
    describe, fitted = _fitted(task)
    return fitted.whitened(describe.rows(examples))[:, :most]


def require_condition(task: Task) -> None:
    """Raise `Unsupported` for tasks without a condition."""
    if not task.examples("test")[0].condition:
        raise Unsupported(f"{task.name} has no condition that an output could belong to")


@dataclass(frozen=True)
class _Description:
    """How a task's conditions become vectors: every modality in a block of total variance 1."""

    scales: dict[str, float]
    labels: dict[str, np.ndarray]

    def rows(self, examples: Sequence[Example]) -> np.ndarray:
        """Return `float64[n, p]`."""
        blocks = []
        for modality, scale in self.scales.items():
            values = [example.condition[modality] for example in examples]
            blocks.append(_vectors(values, self.labels.get(modality)) / scale)
        return np.concatenate(blocks, 1)


@functools.lru_cache(maxsize=4)
def _fitted(task: Task) -> tuple[_Description, Components]:
    found = task.examples("train")
    examples = [found[i] for i in range(0, len(found), max(1, -(-len(found) // TRAINING)))]
    scales, labels = {}, {}
    for modality, first in sorted(examples[0].condition.items()):
        values = [example.condition[modality] for example in examples]
        if _is_label(first):
            labels[modality] = np.unique(np.asarray([int(value) for value in values]))
        total = float(_vectors(values, labels.get(modality)).var(0).sum())
        scales[modality] = total**0.5 if total > 0 else 1.0
    description = _Description(scales, labels)
    return description, components(description.rows(examples), TRAINING)


def _is_label(value: Tensor) -> bool:
    return value.ndim == 0 and not value.is_floating_point()


def _vectors(values: Sequence[Tensor], labels: np.ndarray | None) -> np.ndarray:
    """Return `float64[n, p]` of the values of one modality: labels as indicators, images as means of cells."""
    import torch

    stacked = torch.stack(list(values)).double()
    if labels is not None:
        indicators: np.ndarray = (stacked.numpy()[:, None] == labels).astype(np.float64)
        return indicators
    if stacked.ndim == 4:
        stacked = torch.nn.functional.adaptive_avg_pool2d(stacked, SIDE)
    flat: np.ndarray = stacked.flatten(1).numpy()
    return flat
