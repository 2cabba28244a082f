"""The losses of the first GAN (Goodfellow et al., NIPS 2014), from logits: D = sigmoid(logit)."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import softplus


def discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """Return -E log D(x) - E log(1 - D(G(z))) of logits of any shape."""
    return softplus(-real.float()).mean() + softplus(fake.float()).mean()


def minimax_loss(fake: Tensor) -> Tensor:
    """Return E log(1 - D(G(z))): what the minimax game has the generator descend; it is flat where D is sure."""
    return -softplus(fake.float()).mean()


def non_saturating_loss(fake: Tensor) -> Tensor:
    """Return -E log D(G(z)): the same fixed point, and a steep slope where D is sure."""
    return softplus(-fake.float()).mean()
