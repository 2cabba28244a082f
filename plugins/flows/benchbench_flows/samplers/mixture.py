"""Mixtures of Gaussians of one width: the exact denoiser, and the exact posterior of a linear measurement.

With them a sampler's own bias is distinguished from the error of a network.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Mixture:
    """The law of x: sum over k of `weights[k] N(means[k], deviation^2 I)`."""

    means: Tensor
    """`float[K, D]`."""
    weights: Tensor
    """`float[K]`, whose sum is 1."""
    deviation: float

    def denoise(self, noisy: Tensor, sigma: Tensor) -> Tensor:
        """Return E[x | x + sigma z] for `[N, D]`: each component's, by how likely the component is."""
        variance = self.deviation**2
        total = variance + sigma.square()
        away = noisy[:, None] - self.means
        likely = (self.weights.log() - away.square().sum(2) / (2 * total)).softmax(1)
        return (likely[:, :, None] * (self.means + variance / total * away)).sum(1)

    def posterior(self, matrix: Tensor, measured: Tensor, noise: float) -> tuple[Tensor, Tensor, Tensor]:
        """Return weights `[K]`, means `[K, D]` and the covariance `[D, D]` given `[M]`, A x plus `noise` times z."""
        eye = torch.eye(matrix.shape[1], dtype=matrix.dtype)
        variance = self.deviation**2
        covariance = torch.linalg.inv(eye / variance + matrix.T @ matrix / noise**2)
        means = (self.means / variance + matrix.T @ measured / noise**2) @ covariance
        spread = noise**2 * torch.eye(len(matrix), dtype=matrix.dtype) + variance * matrix @ matrix.T
        away = measured - self.means @ matrix.T
        logits = self.weights.log() - (away @ torch.linalg.inv(spread) * away).sum(1) / 2
        return logits.softmax(0), means, covariance
