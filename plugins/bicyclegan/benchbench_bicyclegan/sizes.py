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
    """Unless it is the paper's size on a task of the paper, whose `EPOCHS` count."""
    pairs: int
    """Pairs of a path in an update; an update takes as many again, whose real images the second discriminator sees."""
    network_rate: float
    """Learning rate of the generator and of the encoder."""
    discriminator_rate: float
    """Not below `network_rate`: else cLR-GAN's encoder never finds z (README, "Rates")."""
    falling: float
    """The share of the steps, at the end, over which the learning rates fall to 0."""
    augmented: bool
    """Pairs are enlarged, cropped and mirrored."""
    average: float
    """Decay of the exponential moving average of generator and encoder; 0: the last weights are kept."""
    save_every: int
    """Steps from one saved state to the next."""
    halved: bool
    """Weights are kept as float16."""


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
        save_every=5000,
        halved=False,
    ),
    "small": Size(
        UNetSizes(24, 64, "group", "nearest", dropout=False),
        EncoderSizes((24, 48, 96), (24, 48, 96), "group"),
        DiscriminatorSizes((24, 12), halvings=2, kernel=3, norm="group"),
        initial_gain=1.0,
        num_steps=6000,
        pairs=8,
        network_rate=2e-4,
        discriminator_rate=2e-4,
        falling=1 / 3,
        augmented=False,
        average=0.999,
        save_every=200,
        halved=True,
    ),
}
EPOCHS = {"facades": 400, "maps": 400, "edges2shoes": 60, "edges2handbags": 30, "night2day": 100}
"""How often the authors' trainings load each pair of a task.

A step loads two pairs; cAE-GAN and cVAE-GAN use one of them.
"""
STORED = {"maps": 8}
"""How many variants (crops) of each pair a task stores, where it is more than one: an epoch is over pairs."""


def num_steps(name: str, task: str, num_examples: int) -> int:
    """Return the updates of a training of the size with this name, on a task with so many training examples."""
    size = SIZES[name]
    if name != "paper" or task not in EPOCHS:
        return size.num_steps
    return EPOCHS[task] * (num_examples // STORED.get(task, 1)) // (2 * size.pairs)
