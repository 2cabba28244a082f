"""Distances between embeddings; squared Euclidean distance is the extractor's perceptual distance."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def euclidean(first: Tensor, second: Tensor) -> Tensor:
    """Return `float64[n, m]`, the Euclidean distances of `[n, D]` to `[m, D]`, exact for equal rows."""
    import torch

    return torch.cdist(first.float(), second.float(), compute_mode="donot_use_mm_for_euclid_dist").double()


def mean_pairwise_square(embedding: Tensor) -> float:
    """Return the mean squared distance over all K(K-1)/2 pairs of `[K, D]`, linear in K.

    The mean equals 2/(K-1) Σ ‖φ_i - φ̄‖² (expand the square around the mean).
    """
    wide = embedding.double()
    return float(2 * (wide - wide.mean(0)).square().sum() / (len(wide) - 1))
