"""The losses of CycleGAN (Zhu et al., ICCV 2017): least squares, cycles and identities; pure functions of tensors."""

from __future__ import annotations

from torch import Tensor


def fooling_loss(fake: Tensor) -> Tensor:
    """Return E (D(G(x)) - 1)² of the judge's values, of any shape."""
    return (fake.float() - 1).square().mean()


def judge_loss(real: Tensor, fake: Tensor) -> Tensor:
    """Return ½ [E (D(y) - 1)² + E D(G(x))²]."""
    return ((real.float() - 1).square().mean() + fake.float().square().mean()) / 2


def absolute_error(images: Tensor, others: Tensor) -> Tensor:
    """Return the mean |a - b| over all values: of a cycle F(G(x)) and x, or of an identity G(y) and y."""
    return (images.float() - others.float()).abs().mean()
