"""The losses of BicycleGAN (Zhu et al., NIPS 2017): pure functions, each to a scalar."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def adversarial_loss(fake: Sequence[Tensor]) -> Tensor:
    """Return the sum over the scales of mean (D(fake) - 1)^2: least squares, the generator's side."""
    return torch.stack([(scale.float() - 1).square().mean() for scale in fake]).sum()


def discriminator_loss(real: Sequence[Tensor], fake: Sequence[Tensor]) -> Tensor:
    """Return the sum over the scales of mean (D(real) - 1)^2 + mean D(fake)^2; there is no 1/2."""
    return adversarial_loss(real) + torch.stack([scale.float().square().mean() for scale in fake]).sum()


def reconstruction_loss(images: Tensor, targets: Tensor) -> Tensor:
    """Return mean |B - G(A, E(B))| over all pixels of images `[N, 3, S, S]` in [-1, 1]."""
    return (images.float() - targets.float()).abs().mean()


def kl_loss(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Return the divergence of N(mean, variance) from N(0, I), summed over `[N, latent]`'s dimensions, mean over N.

    The paper's code sums over the batch as well, which has one image a path there.
    """
    mean, log_variance = mean.float(), log_variance.float()
    return (mean.square() + log_variance.exp() - 1 - log_variance).sum(1).mean() / 2


def latent_loss(found: Tensor, drawn: Tensor) -> Tensor:
    """Return mean |z - mean of E(G(A, z))| over `[N, latent]`."""
    return (found.float() - drawn.float()).abs().mean()
