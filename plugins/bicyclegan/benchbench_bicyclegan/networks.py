"""Generator and encoder as one network, what a checkpoint holds, and the discriminator: made by a design."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from torch import Tensor, nn

from benchbench_bicyclegan.discriminator import Discriminator
from benchbench_bicyclegan.encoder import Encoder
from benchbench_bicyclegan.layers import initialize
from benchbench_bicyclegan.sizes import Size
from benchbench_bicyclegan.unet import Injection, UNet


@dataclass(frozen=True)
class Design:
    """All that the networks are made by."""

    size: Size
    channels: int
    """Of a condition's image."""
    side: int
    """Of conditions and samples, in pixels."""
    latent: int
    """Dimensions of z."""
    injection: Injection
    encoder: Literal["resnet", "cnn"]
    conditional_discriminator: bool


class Networks(nn.Module):
    """The generator with the encoder beside it."""

    def __init__(self, generator: UNet, encoder: Encoder) -> None:
        super().__init__()
        self.generator, self.encoder = generator, encoder
        self.noise_shapes = [(generator.latent,)]

    def forward(self, condition: Mapping[str, Tensor], noise: Sequence[Tensor]) -> Tensor:
        """Return `float32[N, K, 3, S, S]` in [-1, 1] for the images of N conditions and z, `[N, K, latent]`."""
        (latent,) = noise
        images = condition["image"].repeat_interleave(latent.shape[1], 0)
        samples: Tensor = self.generator(images, latent.flatten(0, 1))
        return samples.reshape(*latent.shape[:2], *samples.shape[1:])


def make_networks(design: Design) -> Networks:
    """Return generator and encoder with initial weights."""
    size = design.size
    networks = Networks(
        UNet(design.side, design.channels, design.latent, design.injection, size.unet),
        Encoder(design.encoder, design.latent, size.encoder),
    )
    initialize(networks, size.initial_gain)
    return networks


def make_discriminator(design: Design) -> Discriminator:
    """Return one discriminator with initial weights."""
    seen = design.channels if design.conditional_discriminator else 0
    discriminator = Discriminator(3 + seen, design.size.discriminator)
    initialize(discriminator, design.size.initial_gain)
    return discriminator
