"""The two sizes: how large the networks are, and how they are trained."""

from __future__ import annotations

from dataclasses import dataclass

from benchbench.training.recipe import Recipe


@dataclass(frozen=True, kw_only=True)
class Size(Recipe):
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
    flow_batch: int
    """Pairs of an update of a flow; `batch` are those of a cVAE."""


SIZES = {
    "small": Size(
        num_steps=2500,
        save_every=200,
        batch=32,
        rate=1e-3,
        average=0.999,
        halved=True,
        channels=32,
        multiples=(1, 2, 2),
        latent=16,
        field=4,
        levels=3,
        flow_steps=8,
        hidden=48,
        flow_batch=16,
    ),
    "paper": Size(
        num_steps=200_000,
        save_every=5000,
        batch=64,
        rate=2.5e-4,
        average=0.9999,
        halved=False,
        channels=96,
        multiples=(1, 2, 2, 2),
        latent=64,
        field=16,
        levels=3,
        flow_steps=16,
        hidden=256,
        flow_batch=16,
    ),
}
