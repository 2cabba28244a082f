"""The losses of LSGAN (Mao et al., ICCV 2017): 0 stands for fake, 1 for real and for what the generator wants."""

from __future__ import annotations

from torch import Tensor


def discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """Return ½ E (D(x) - 1)² + ½ E D(G(z))²."""
    return ((real.float() - 1).square().mean() + fake.float().square().mean()) / 2


def generator_loss(fake: Tensor) -> Tensor:
    """Return ½ E (D(G(z)) - 1)²."""
    return (fake.float() - 1).square().mean() / 2
