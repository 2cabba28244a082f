"""The losses of autoencoders that judge: EBGAN (Zhao et al., ICLR 2017) and BEGAN (Berthelot et al., 2017)."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import normalize, relu


def squared_energy(samples: Tensor, reconstructions: Tensor) -> Tensor:
    """Return `[N]`: the mean squared error of each reconstruction of samples `[N, …]`; EBGAN's energy."""
    return (reconstructions.float() - samples.float()).square().flatten(1).mean(1)


def absolute_energy(samples: Tensor, reconstructions: Tensor) -> Tensor:
    """Return `[N]`: the mean absolute error of each reconstruction of samples `[N, …]`; BEGAN's energy."""
    return (reconstructions.float() - samples.float()).abs().flatten(1).mean(1)


def margin_loss(real: Tensor, fake: Tensor, margin: float) -> Tensor:
    """Return E D(x) + E max(0, m - D(G(z))) of energies `[N]`; a fake above the margin pulls no longer."""
    return real.mean() + relu(margin - fake).mean()


def pulling_away(codes: Tensor) -> Tensor:
    """Return the mean over pairs i ≠ j of the squared cosine of codes `[N, D]`: 0 where all are orthogonal, up to 1."""
    number = len(codes)
    directions = normalize(codes.float().flatten(1))
    squares = (directions @ directions.mT).square()
    return (squares.sum() - squares.diagonal().sum()) / (number * (number - 1))


def equilibrium_loss(real: Tensor, fake: Tensor, k: Tensor) -> Tensor:
    """Return E L(x) - k E L(G(z)) of energies `[N]`: what BEGAN's discriminator descends."""
    return real.mean() - k * fake.mean()


def next_k(k: Tensor, real: Tensor, fake: Tensor, gamma: float, rate: float) -> Tensor:
    """Return k + rate (γ L(x) - L(G(z))), held in [0, 1]; `real` and `fake` are mean energies."""
    return (k + rate * (gamma * real - fake)).clamp(0, 1)


def convergence(real: Tensor, fake: Tensor, gamma: float) -> Tensor:
    """Return M = L(x) + |γ L(x) - L(G(z))|, which falls as the training converges."""
    return real + (gamma * real - fake).abs()
