"""Errors of reconstructions: negative log likelihoods, up to constants, and distances."""

from __future__ import annotations

from torch import Tensor

LEAST = 1e-6
"""Probabilities are held this far from 0 and 1, so that logarithms stay finite."""


def squared_error(samples: Tensor, made: Tensor, deviation: float = 1.0) -> Tensor:
    """Return `[N]`: Σ (x - x̂)² / 2σ², minus the log likelihood of N(x̂, σ² I) but for a constant; `[N, …]` both."""
    return (samples.float() - made.float()).square().flatten(1).sum(1) / (2 * deviation**2)


def bernoulli_error(samples: Tensor, made: Tensor) -> Tensor:
    """Return `[N]`: -Σ x log p + (1 - x) log(1 - p) of values x and means p in [-1, 1], taken as 0 to 1; in nats."""
    values = (samples.float() + 1) / 2
    means = ((made.float() + 1) / 2).clamp(LEAST, 1 - LEAST)
    return -(values * means.log() + (1 - values) * (-means).log1p()).flatten(1).sum(1)


def latent_distance(codes: Tensor, found: Tensor) -> Tensor:
    """Return `[N]`: ‖z - F(G(z))‖², summed over the dimensions of codes `[N, latent]` (VEEGAN's d)."""
    return (codes.float() - found.float()).square().sum(1)
