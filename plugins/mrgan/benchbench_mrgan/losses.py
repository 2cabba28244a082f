"""Losses: the adversarial ones, and what is added to them (Lee, Ha & Kim, ICLR 2019, "MR-GAN").

The added ones are pure functions of the K samples of each of N inputs, `float32[N, K, 3, H, W]`, and of the one ground
truth of each, `float32[N, 3, H, W]`, both in [-1, 1].
"""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import softplus


def discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """Return half the cross-entropy of the logits of real (label 1) and generated images (label 0), a scalar."""
    return (softplus(-real).mean() + softplus(fake).mean()) / 2


def adversarial_loss(fake: Tensor) -> Tensor:
    """Return the non-saturating loss of the logits of generated images, a scalar."""
    return softplus(-fake).mean()


def absolute_error(samples: Tensor, targets: Tensor) -> Tensor:
    """Return mean |sample - target|, a scalar; every sample is drawn to the target (pix2pix, eq. 3)."""
    return (samples - targets[:, None]).abs().mean()


def squared_error(samples: Tensor, targets: Tensor) -> Tensor:
    """Return mean (sample - target)^2, a scalar; every sample is drawn to the target (SRGAN, eq. 4)."""
    return (samples - targets[:, None]).square().mean()


def gaussian_mr1(samples: Tensor, targets: Tensor) -> Tensor:
    """Return mean (sample mean - target)^2, a scalar: the first Gaussian moment alone (MR-GAN, section 4).

    Only the mean over the K samples is drawn to the target, so their spread costs nothing.
    """
    return (samples.mean(1) - targets).square().mean()
