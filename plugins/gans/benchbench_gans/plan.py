"""What a training is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import nn

from benchbench_gans.objectives import Objective
from benchbench_gans.recipes import Recipe


@dataclass(frozen=True)
class Plan:
    """What is trained, by what, and how."""

    make_generator: Callable[[], nn.Module]
    make_judge: Callable[[], nn.Module]
    objective: Objective
    recipe: Recipe
    mode_seeking: float = 0.0
    """Weight of the mode-seeking term."""
    unrolling: int = 0
    """Updates of the discriminator that the generator looks ahead."""
    packing: int = 1
    """Samples that the discriminator sees at once."""
