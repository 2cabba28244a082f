"""The two sizes: how large the networks are, and how they are trained."""

from __future__ import annotations

from dataclasses import dataclass

from benchbench.training.recipe import Recipe


@dataclass(frozen=True, kw_only=True)
class Size(Recipe):
    """A network and its training."""

    channels: int
    """Of the U-Net's first level."""
    multiples: tuple[int, ...]
    """The channels of each level, in those of the first."""
    blocks: int
    """Residual blocks of each level, on the way down and again on the way up."""
    width: int
    """Of the two hidden layers of a perceptron, for points."""


SIZES = {
    "small": Size(
        num_steps=4000,
        save_every=200,
        batch=32,
        rate=1e-3,
        average=0.999,
        halved=True,
        channels=48,
        multiples=(1, 2, 2),
        blocks=1,
        width=256,
    ),
    "paper": Size(
        num_steps=400_000,
        save_every=5000,
        batch=128,
        rate=2e-4,
        average=0.9999,
        halved=False,
        channels=128,
        multiples=(1, 2, 2, 2),
        blocks=2,
        width=512,
    ),
}
