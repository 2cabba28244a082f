"""Normal laws, independent in all values: what both models' latent variables have."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor


class Normal(NamedTuple):
    """Normal laws of N samples."""

    mean: Tensor
    """`[N, …]`."""
    log_deviation: Tensor
    """Of the same shape: the logs of standard deviations."""

    def draw(self, noise: Tensor) -> Tensor:
        """Return what standard normal noise `[N, …]` gives."""
        return self.mean + self.log_deviation.exp() * noise

    def log_density(self, values: Tensor) -> Tensor:
        """Return `[N]`: the log density of values `[N, …]`."""
        squares = ((values - self.mean) * (-self.log_deviation).exp()).square()
        return (-squares / 2 - self.log_deviation - math.log(2 * math.pi) / 2).flatten(1).sum(1)

    def divergence(self, other: Normal) -> Tensor:
        """Return `[N]`: the divergence KL(self, other), in nats."""
        ratio = self.log_deviation - other.log_deviation
        shift = (self.mean - other.mean) * (-other.log_deviation).exp()
        return (((2 * ratio).exp() + shift.square() - 1) / 2 - ratio).flatten(1).sum(1)


def standard(values: Tensor) -> Normal:
    """Return N(0, I) of values of this shape."""
    return Normal(torch.zeros_like(values), torch.zeros_like(values))


def bounded(values: Tensor, most: float) -> Normal:
    """Return the laws of a network's output `[N, 2 C, …]`: means, then log deviations, which bend towards ± `most`."""
    mean, log_deviation = values.chunk(2, 1)
    return Normal(mean, most * (log_deviation / most).tanh())
