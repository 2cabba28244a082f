"""How one model is trained by one loss (`benchbench.training.descent`): the numbers; nothing heavy is imported here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What sizes of networks have in common: the training. Subclass it for a size, and add the network's numbers."""

    num_steps: int
    """Updates, where `--steps` gives no other number."""
    save_every: int
    """Steps from one saved state to the next."""
    batch: int
    """Pairs of an update, of all processes, for images of 32 px; for others see `benchbench.training.scale.batch`."""
    rate: float
    """The highest learning rate; its warm-up and its fall are those of `benchbench.training.descent`."""
    average: float
    """Decay of the moving average of the weights that is sampled from; less at the beginning."""
    halved: bool
    """Kernels are kept as float16."""
