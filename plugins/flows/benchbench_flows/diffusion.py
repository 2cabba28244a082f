"""Conditional diffusion with v-prediction and a cosine schedule: the loss and the sampler, pure functions of tensors.

The schedule is the angle itself: `abar = sin^2(a)`, uniform in a, in continuous time (Nichol & Dhariwal 2021, equation
17 with an offset of 0; Salimans & Ho 2022). Palette (Saharia et al. 2022) is such a network that sees the condition.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from benchbench_flows.angles import cosine, image_of, like, noise_of, sine

Derivative = Callable[[Tensor, Tensor], Tensor]
"""From x `[N, …]` and its angle, a number, to the derivative of x by the angle, `[N, …]`."""


def noised(noise: Tensor, target: Tensor, angle: Tensor) -> Tensor:
    """Return x for noise and targets `[N, …]` and angles `[N]`."""
    a = like(angle, target)
    return sine(a) * target + cosine(a) * noise


def squared_error(derivative: Tensor, noise: Tensor, target: Tensor, angle: Tensor) -> Tensor:
    """Return the squared error of each value of a derivative `[N, …]` for angles `[N]`; the loss is its mean."""
    a = like(angle, target)
    return (derivative - (cosine(a) * target - sine(a) * noise)).square()


def grid(steps: int) -> Tensor:
    """Return the angles of the sampler, `float64[steps + 1]` from 0 to 1."""
    return torch.linspace(0, 1, steps + 1, dtype=torch.float64)


def spread(angle: Tensor, following: Tensor, eta: float) -> Tensor:
    """Return the standard deviation of the noise that a step to `following` adds (Song et al. 2021, equation 16).

    `eta` is 0 for none (DDIM) and 1 for that of the chain that the training noises by (DDPM).
    """
    kept = (sine(angle) / sine(following)).square()
    return eta * cosine(following) / cosine(angle) * (1 - kept).sqrt()


def sample(derivative: Derivative, noise: Sequence[Tensor], angles: Tensor, eta: float) -> Tensor:
    """Return samples `[N, …]` from as many noises as there are steps, or from the first alone where `eta` is 0.

    The first noise is where the chain begins; each step but the last adds another one. A step estimates the image and
    the noise, and joins them again at the next angle (Song et al. 2021, equation 12).
    """
    x, *added = noise
    for number, (angle, following) in enumerate(zip(angles[:-1], angles[1:], strict=True)):
        a, b = angle.to(x.dtype), following.to(x.dtype)
        found = derivative(x, a)
        image, left = image_of(x, found, a), noise_of(x, found, a)
        if number == len(angles) - 2:
            return image
        new = spread(angle, following, eta).to(x.dtype)
        x = sine(b) * image + (cosine(b).square() - new.square()).clamp_min(0).sqrt() * left
        if eta:
            x = x + new * added[number]
    return x
