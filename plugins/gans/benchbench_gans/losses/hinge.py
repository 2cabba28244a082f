"""The hinge loss, by which SNGAN is trained (Miyato et al., ICLR 2018)."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import relu


def discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """Return E max(0, 1 - D(x)) + E max(0, 1 + D(G(z)))."""
    return relu(1 - real.float()).mean() + relu(1 + fake.float()).mean()


def generator_loss(fake: Tensor) -> Tensor:
    """Return -E D(G(z))."""
    return -fake.float().mean()
