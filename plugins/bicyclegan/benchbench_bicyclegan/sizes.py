"""The two sizes: how large the networks are, and how they are trained."""

from __future__ import annotations

from dataclasses import dataclass

from benchbench_bicyclegan.discriminator import DiscriminatorSizes
from benchbench_bicyclegan.encoder import EncoderSizes
from benchbench_bicyclegan.unet import UNetSizes


@dataclass(frozen=True)
class Size:
    """Networks and a training."""

    unet: UNetSizes
    encoder: EncoderSizes
    discriminator: DiscriminatorSizes
    initial_gain: float
    """Of Xavier's law of the initial weights."""
    num_steps: int
    pairs: int
    """Pairs of a path in an update; an update takes as many again, whose real images the second discriminator sees."""
    network_rate: float
    """Learning rate of the generator and of the encoder."""
    discriminator_rate: float
    falling: float
    """The share of the steps, at the end, over which the learning rates fall to 0."""
    augmented: bool
    """Pairs are enlarged, cropped and mirrored."""
    average: float
    """Decay of the exponential moving average of generator and encoder; 0: the last weights are kept."""


SIZES = {
    "paper": Size(
        UNetSizes(64, 512, "instance", "transposed", dropout=True),
        EncoderSizes((64, 128, 192, 256, 256), (64, 128, 256, 256, 256), "instance"),
        DiscriminatorSizes((64, 32), halvings=3, kernel=4, norm="instance"),
        initial_gain=0.02,
        num_steps=200_000,
        pairs=1,
        network_rate=2e-4,
        discriminator_rate=2e-4,
        falling=0.5,
        augmented=True,
        average=0.0,
    ),
    "small": Size(
        UNetSizes(24, 64, "group", "nearest", dropout=False),
        EncoderSizes((24, 48, 96), (24, 48, 96), "group"),
        DiscriminatorSizes((24, 12), halvings=2, kernel=3, norm="group"),
        initial_gain=1.0,
        num_steps=2500,
        pairs=8,
        network_rate=1e-3,
        discriminator_rate=4e-4,
        falling=1 / 3,
        augmented=False,
        average=0.995,
    ),
}
