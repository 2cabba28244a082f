"""Distances between embeddings, whose square is the extractor's perceptual distance; and what may be measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def euclidean(first: Tensor, second: Tensor) -> Tensor:
    """Return `float64[n, m]`, the Euclidean distances of `[n, D]` to `[m, D]`, exact for equal rows."""
    import torch

    return torch.cdist(first.float(), second.float(), compute_mode="donot_use_mm_for_euclid_dist").double()


def require_bytes(images: Tensor) -> Tensor:
    """Return the images if they are `uint8`; refuse others, whose range would be a guess."""
    import torch

    if images.dtype != torch.uint8:
        raise TypeError(f"images are measured as uint8 in 0..255, got {images.dtype}")
    return images


def mean_pairwise_square(embedding: Tensor) -> float:
    """Return the mean squared distance over all K(K-1)/2 pairs of `[K, D]`, linear in K.

    The mean equals 2/(K-1) Σ ‖φ_i - φ̄‖² (expand the square around the mean).
    """
    wide = embedding.double()
    return float(2 * (wide - wide.mean(0)).square().sum() / (len(wide) - 1))
