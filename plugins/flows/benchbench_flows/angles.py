"""Noise levels as angles: what flow matching and diffusion share.

`x = sin(a) y + cos(a) z`, with the image y (scaled to variance 1) and the noise z ~ N(0, I). The angle a goes from 0,
all noise, to pi/2, all image. Networks are given x, which has variance 1 at every angle, and predict its derivative
`d = cos(a) y - sin(a) z` (minus the v of Salimans & Ho, 2022, section 4 and appendix D). From both follow y and z.
Angles are given as shares of pi/2.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor


def sine(angle: Tensor) -> Tensor:
    """Return how much of the image there is at an angle (share of pi/2)."""
    return torch.sin(angle * (math.pi / 2))


def cosine(angle: Tensor) -> Tensor:
    """Return how much of the noise there is at an angle (share of pi/2)."""
    return torch.cos(angle * (math.pi / 2))


def image_of(noisy: Tensor, derivative: Tensor, angle: Tensor) -> Tensor:
    """Return y = sin(a) x + cos(a) d; the angle is a number or of a shape that broadcasts."""
    return sine(angle) * noisy + cosine(angle) * derivative


def noise_of(noisy: Tensor, derivative: Tensor, angle: Tensor) -> Tensor:
    """Return z = cos(a) x - sin(a) d."""
    return cosine(angle) * noisy - sine(angle) * derivative


def angle_of_time(time: Tensor) -> Tensor:
    """Return the angle at which `t y + (1 - t) z` has its noise level, for flow times t in [0, 1]."""
    return torch.atan2(time, 1 - time) / (math.pi / 2)


def length(time: Tensor) -> Tensor:
    """Return the standard deviation of `t y + (1 - t) z`, the square root of t^2 + (1 - t)^2."""
    return (time.square() + (1 - time).square()).sqrt()


def like(values: Tensor, samples: Tensor) -> Tensor:
    """Return `[N]` as `[N, 1, …]`, to go with samples `[N, …]`."""
    return values.reshape(-1, *[1] * (samples.ndim - 1))
