"""Denoisers: that of a trained network, and noise levels to run them along."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from benchbench_flows.angles import image_of

Denoiser = Callable[[Tensor, Tensor], Tensor]
"""From `x + sigma z` `[N, …]` and sigma, a number, to the mean of x `[N, …]`."""
Draw = Callable[[], Tensor]
"""Gives standard normal `[N, …]` of the shape of the samples, others at each call."""


def denoiser_of(derivative: Callable[[Tensor, Tensor], Tensor]) -> Denoiser:
    """Return the denoiser of a network of angles: see `benchbench_flows.angles`."""

    def denoise(noisy: Tensor, sigma: Tensor) -> Tensor:
        scaled = noisy / (1 + sigma.square()).sqrt()
        angle = torch.atan2(torch.ones_like(sigma), sigma) / (math.pi / 2)
        return image_of(scaled, derivative(scaled, angle), angle)

    return denoise


def levels(steps: int, highest: float = 100.0, lowest: float = 0.01, power: float = 7.0) -> Tensor:
    """Return noise levels from the highest to the lowest, `float64[steps]`, evenly spaced in their root.

    Karras et al. 2022, equation 5.
    """
    ends = highest ** (1 / power), lowest ** (1 / power)
    return torch.linspace(*ends, steps, dtype=torch.float64) ** power
