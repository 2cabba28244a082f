"""The two sizes: how large the generator is, and how it is trained."""

from __future__ import annotations

from dataclasses import dataclass

from benchbench.training.recipe import Recipe


@dataclass(frozen=True, kw_only=True)
class Size(Recipe):
    """A generator and its training."""

    channels: int
    """Of the U-Net's first level."""
    multiples: tuple[int, ...]
    """The channels of each level, in those of the first."""
    width: int
    """Of the hidden layers of a perceptron, for points."""
    code: int
    """Dimensions of the noise that is one vector per sample."""


SIZES = {
    "small": Size(
        num_steps=2500,
        save_every=200,
        batch=16,
        rate=1e-3,
        average=0.999,
        halved=True,
        channels=32,
        multiples=(1, 2, 2),
        width=128,
        code=16,
    ),
    "paper": Size(
        num_steps=200_000,
        save_every=5000,
        batch=64,
        rate=2e-4,
        average=0.9999,
        halved=False,
        channels=96,
        multiples=(1, 2, 2, 2),
        width=512,
        code=64,
    ),
}
FIELD_CHANNELS = 2
"""Noise of each pixel, at each level of the U-Net."""
