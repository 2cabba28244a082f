"""The two sizes: how large the networks are, and how they are trained; no torch here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """Networks and a training."""

    width: int
    """Channels of a translator's widest images."""
    blocks: int
    """Residual blocks."""
    transposed: bool
    """Transposed convolutions double the side; otherwise a convolution, then the nearest neighbour."""
    judge_width: int
    halvings: int
    """Layers of a judge between the first and the last; all but the last of these have stride 2."""
    num_steps: int
    """0: `EPOCHS` times the training set."""
    batch: int
    """Inputs of a step, and as many targets."""
    rate: float
    falling: float
    """The share of the steps, at the end, over which the rates fall to 0."""
    average: float
    """Decay of the moving average of the translator that is sampled from; 0: the last weights."""
    save_every: int
    halved: bool
    """Kernels are kept as float16."""
    deviation: float = 0.0
    """Of the initial weights; 0: the paper's 0.02."""


EPOCHS = 200
SIZES = {
    "paper": Size(64, 9, True, 64, 3, 0, 1, 2e-4, 1 / 2, 0.0, 5000, False),
    "small": Size(16, 3, False, 24, 2, 2000, 4, 5e-4, 1 / 2, 0.995, 200, True, 0.05),
}
SMALLER = {128: 6}
"""Residual blocks of the paper's translators for images of this side."""
