"""The two sizes: how large the networks are, and how they are trained."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """Networks and their training."""

    channels: int
    """Of the first level of encoder and decoder."""
    multiples: tuple[int, ...]
    """The channels of each level, in those of the first."""
    latent: int
    """Dimensions of the vector part of a cVAE's latent variable."""
    field: int
    """Channels of its fields, of which each level of the decoder has one where conditions are images."""
    levels: int
    """Of a flow: after each but the last, half of the channels leave."""
    flow_steps: int
    """Of each level of a flow."""
    hidden: int
    """Channels within a coupling."""
    num_steps: int
    batch: int
    """Pairs of an update of a cVAE, for images of 32 px; of larger ones fewer, down to a quarter."""
    flow_batch: int
    """The same of a flow."""
    rate: float
    average: float
    save_every: int
    halved: bool
    """Kernels are kept as float16."""


SIZES = {
    "small": Size(32, (1, 2, 2), 16, 4, 3, 8, 48, 2500, 32, 16, 1e-3, 0.999, 200, halved=True),
    "paper": Size(96, (1, 2, 2, 2), 64, 16, 3, 16, 256, 200_000, 64, 16, 2.5e-4, 0.9999, 5000, halved=False),
}
