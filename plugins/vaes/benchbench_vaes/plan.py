"""What a training is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchbench_gans.recipes import Recipe
from torch import nn

from benchbench_vaes.networks import Autoencoder
from benchbench_vaes.objectives import Objective


@dataclass(frozen=True)
class Plan:
    """What is trained, by what, and how."""

    make_autoencoder: Callable[[], Autoencoder]
    make_judges: Mapping[str, Callable[[], nn.Module]]
    """The classifiers by the names that the objective has for them."""
    objective: Objective
    recipe: Recipe
