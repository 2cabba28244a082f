"""Ranks of the truth among samples, with ties broken at random, which makes them exactly uniform under the true law."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchbench.core.noise import stream

if TYPE_CHECKING:
    from torch import Tensor

    from benchbench.core import ConditionFeatures

ROUNDING = 1e-6
"""Two distances are tied up to this share of the largest embedding's norm: embeddings have single precision."""


def uniform_ranks(samples: Tensor, truth: Tensor, uniform: Tensor, tolerance: float = 0.0) -> Tensor:
    """Return `float64[…, R]` in [0, 1): where each of R truths `[…, R]` stands among K samples `[…, K, R]`.

    u = (L + U (E + 1)) / (K + 1), of L samples that are smaller and E that are within the tolerance of the truth, with
    U `float64[…, R]` uniform in [0, 1). Where the K + 1 values are exchangeable, u is uniform, with ties and without
    (randomised rank; Czado, Gneiting & Held 2009, Biometrics, section 2.1).
    """
    difference = samples.double() - truth.double()[..., None, :]
    tied = difference.abs() <= tolerance
    smaller = (difference < 0) & ~tied
    return (smaller.sum(-2) + uniform * (tied.sum(-2) + 1)) / (samples.shape[-2] + 1)


def uniform_of(name: str, data: ConditionFeatures) -> Tensor:
    """Return `float64[R]` in [0, 1): what breaks the ties of one condition, by task and example; alike for methods."""
    import torch

    generator = stream(name, data.task.name, data.task.version, data.example.id)
    return torch.from_numpy(generator.random(len(data.reference_embedding)))


def rounding_of(data: ConditionFeatures) -> float:
    """Return up to which difference two distances of one condition are tied."""
    return ROUNDING * float(data.reference_embedding.norm(dim=1).max())


def shape_of(ranks: Tensor) -> Tensor:
    """Return (2u - 1)² - 1/3 of ranks u: 0 in expectation of uniform ones, above for a U, below for a hump."""
    return (2 * ranks - 1).square() - 1 / 3
