"""The two sizes: how large the networks are, and how they are trained."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """A network and its training."""

    channels: int
    """Of the U-Net's first level."""
    multiples: tuple[int, ...]
    """The channels of each level, in those of the first."""
    blocks: int
    """Residual blocks of each level, on the way down and again on the way up."""
    width: int
    """Of the two hidden layers of a perceptron, for points."""
    num_steps: int
    batch: int
    """Of images of 32 px; larger ones make it smaller, down to a quarter, and of points it is 16 times as large."""
    rate: float
    """The highest learning rate; its warm-up and its fall are those of `benchbench.training.descent`."""
    average: float
    """Decay of the moving average of the weights that is sampled from."""
    save_every: int
    halved: bool
    """Kernels are kept as float16."""


SIZES = {
    "small": Size(48, (1, 2, 2), 1, 256, 4000, 32, 1e-3, 0.999, 200, halved=True),
    "paper": Size(128, (1, 2, 2, 2), 2, 512, 400_000, 128, 2e-4, 0.9999, 5000, halved=False),
}
