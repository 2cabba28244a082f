"""The two sizes: how large the generator is, and how it is trained."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """A generator and its training."""

    channels: int
    """Of the U-Net's first level."""
    multiples: tuple[int, ...]
    """The channels of each level, in those of the first."""
    width: int
    """Of the hidden layers of a perceptron, for points."""
    code: int
    """Dimensions of the noise that is one vector per sample."""
    num_steps: int
    batch: int
    """Conditions of an update, for images of 32 px; of larger ones fewer, and of points 16 times as many."""
    rate: float
    average: float
    save_every: int
    halved: bool
    """Kernels are kept as float16."""


SIZES = {
    "small": Size(32, (1, 2, 2), 128, 16, 2500, 16, 1e-3, 0.999, 200, halved=True),
    "paper": Size(96, (1, 2, 2, 2), 512, 64, 200_000, 64, 2e-4, 0.9999, 5000, halved=False),
}
FIELD_CHANNELS = 2
"""Noise of each pixel, at each level of the U-Net."""
