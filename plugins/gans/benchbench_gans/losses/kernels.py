"""The squared maximum mean discrepancy of features, and its witness function: the losses of MMD-GAN."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Kernel = Callable[[Tensor, Tensor], Tensor]
"""From `[N, D]` and `[M, D]` to `[N, M]`."""
BANDWIDTHS = (1.0, 2.0, 4.0, 8.0, 16.0)
EXPONENTS = (0.2, 0.5, 1.0, 2.0, 5.0)


def gaussian(one: Tensor, other: Tensor) -> Tensor:
    """Return Σ over σ of exp(-‖x - y‖² / 2σ²), σ = 1, 2, 4, 8, 16 (Li et al., NIPS 2017)."""
    squares = _squared_distances(one, other)
    return torch.stack([(-squares / (2 * sigma**2)).exp() for sigma in BANDWIDTHS]).sum(0)


def rational_quadratic(one: Tensor, other: Tensor) -> Tensor:
    """Return Σ over α of (1 + ‖x - y‖² / 2α)^-α, α = 0.2, 0.5, 1, 2, 5 (Bińkowski et al., ICLR 2018)."""
    squares = _squared_distances(one, other)
    return torch.stack([(1 + squares / (2 * alpha)) ** -alpha for alpha in EXPONENTS]).sum(0)


KERNELS: dict[str, Kernel] = {"rational-quadratic": rational_quadratic, "gaussian": gaussian}


def squared_discrepancy(kernel: Kernel, real: Tensor, fake: Tensor) -> Tensor:
    """Return the unbiased estimate of MMD² of features `[N, D]` and `[M, D]`; it can be negative."""
    real, fake = real.float(), fake.float()
    return _within(kernel, real) + _within(kernel, fake) - 2 * kernel(real, fake).mean()


def witness(kernel: Kernel, points: Tensor, real: Tensor, fake: Tensor) -> Tensor:
    """Return f(u) = mean of k(u, real) - mean of k(u, fake), `[L]`, of features u `[L, D]`."""
    points = points.float()
    return kernel(points, real.float()).mean(1) - kernel(points, fake.float()).mean(1)


def _within(kernel: Kernel, features: Tensor) -> Tensor:
    number = len(features)
    values = kernel(features, features)
    return (values.sum() - values.diagonal().sum()) / (number * (number - 1))


def _squared_distances(one: Tensor, other: Tensor) -> Tensor:
    return (one[:, None] - other[None]).square().sum(2)
