"""What each training is made of: networks, the loss added to the adversarial one, and how many images a step sees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor, nn

from benchbench_mrgan import losses, pix2pix, srgan
from benchbench_mrgan.network import Network


@dataclass(frozen=True)
class Base:
    """A base network of the paper, at small size."""

    network: Callable[[], Network]
    """What a GAN paper calls the generator."""
    discriminator: Callable[[], nn.Module]
    conditional: bool
    """The discriminator sees the condition, joined to the image's channels."""
    network_updates: int
    """Updates of the network for each of the discriminator."""


BASES = {
    "pix2pix": Base(pix2pix.UNet, pix2pix.PatchDiscriminator, conditional=True, network_updates=1),
    "srgan": Base(srgan.ResidualNetwork, srgan.ImageDiscriminator, conditional=False, network_updates=2),
}


@dataclass(frozen=True)
class Recipe:
    """A training; learning rates fall to 0 over its last third."""

    added_loss: Callable[[Tensor, Tensor], Tensor]
    """From samples `[N, K, …]` and targets `[N, …]` to a scalar."""
    weight: float
    """Of the added loss; the adversarial loss has weight 1."""
    num_inputs: int
    """N, the inputs of an update."""
    num_samples: int
    """K, the samples of each input in an update."""
    num_steps: int
    discriminator_batch: int = 16
    network_rate: float = 1e-3
    discriminator_rate: float = 4e-4
    clip: float = 0.5
    """Largest absolute value of a gradient's entry."""
    average: float = 0.995
    """Decay of the exponential moving average of the network's weights."""


def reconstruction(base: str, weight: float) -> Recipe:
    """Return the baseline: adversarial loss plus the base's reconstruction loss, one sample an input."""
    if base == "pix2pix":
        return Recipe(losses.absolute_error, weight, num_inputs=16, num_samples=1, num_steps=2500)
    return Recipe(losses.squared_error, weight, num_inputs=16, num_samples=1, num_steps=1500)


def moment_reconstruction(base: str, weight: float, num_samples: int) -> Recipe:
    """Return MR-GAN's training: adversarial loss plus the squared error of the mean of K samples."""
    if base == "pix2pix":
        return Recipe(losses.gaussian_mr1, weight, num_inputs=8, num_samples=num_samples, num_steps=2500)
    return Recipe(losses.gaussian_mr1, weight, num_inputs=6, num_samples=num_samples, num_steps=1500)
