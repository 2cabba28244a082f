"""Generator and encoder as one network: what a checkpoint holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from benchbench.core import Task
from torch import Tensor, nn

from benchbench_bicyclegan.discriminator import Discriminator
from benchbench_bicyclegan.encoder import Encoder
from benchbench_bicyclegan.layers import initialize
from benchbench_bicyclegan.sizes import SIZES
from benchbench_bicyclegan.unet import UNet

if TYPE_CHECKING:
    from benchbench_bicyclegan.methods import TranslationGan


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


def make_networks(method: TranslationGan, task: Task) -> Networks:
    """Return generator and encoder of a method for a task, with initial weights."""
    size = SIZES[method.size]
    channels, side = task.examples("test")[0].condition["image"].shape[:2]
    networks = Networks(
        UNet(side, channels, method.latent, method.injection, size.unet),
        Encoder(method.encoder, method.latent, size.encoder),
    )
    initialize(networks, size.initial_gain)
    return networks


def make_discriminator(method: TranslationGan, task: Task) -> Discriminator:
    """Return one discriminator of a method for a task, with initial weights."""
    size = SIZES[method.size]
    seen = len(task.examples("test")[0].condition["image"]) if method.conditional_discriminator else 0
    discriminator = Discriminator(3 + seen, size.discriminator)
    initialize(discriminator, size.initial_gain)
    return discriminator
