"""The losses of WGAN (Arjovsky et al., ICML 2017) and the penalty of WGAN-GP (Gulrajani et al., NIPS 2017)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


def critic_loss(real: Tensor, fake: Tensor) -> Tensor:
    """Return E D(G(z)) - E D(x); its negative estimates the distance of the two laws."""
    return fake.float().mean() - real.float().mean()


def generator_loss(fake: Tensor) -> Tensor:
    """Return -E D(G(z))."""
    return -fake.float().mean()


def between(real: Tensor, fake: Tensor, places: Tensor) -> Tensor:
    """Return the points of the segments from fake to real, `[N, …]`, at these places `[N]`: 0 is fake, 1 is real."""
    shares = places.reshape(-1, *[1] * (real.ndim - 1)).to(real)
    return fake + shares * (real - fake)


def gradient_norms(function: Callable[[Tensor], Tensor], points: Tensor) -> Tensor:
    """Return the Euclidean norm `[N]` of the gradient of a function, `[N, …]` to one value each, at each of N points.

    It can be differentiated again.
    """
    points = points.detach().requires_grad_()
    (slopes,) = torch.autograd.grad(function(points).float().sum(), points, create_graph=True)
    # the root of 0 has no slope; a constant of float32's smallest steps gives it one and moves no other norm
    return (slopes.float().flatten(1).square().sum(1) + 1e-12).sqrt()


def gradient_penalty(function: Callable[[Tensor], Tensor], points: Tensor) -> Tensor:
    """Return E (‖∇D‖₂ - 1)² at the points `[N, …]`."""
    return (gradient_norms(function, points) - 1).square().mean()
