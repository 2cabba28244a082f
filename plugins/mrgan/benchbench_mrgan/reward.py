"""The weight of rcGAN's deviation reward, which follows how much nearer a mean of samples is than one of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from benchbench.training import Engine, gan
from torch import Tensor

from benchbench_mrgan.recipes import Recipe
from benchbench_mrgan.spreading import averaging_gain, expected_gain

RATE = 0.02
"""How far the weight moves for each decibel that is missing (Bendel et al. 2023, equation 15 and section 4.1)."""
CONDITIONS, SAMPLES = 64, 8
"""Of the validation pairs that the gain is measured on."""


class Reward:
    """The weight: it rises while the samples spread too little for the gain that draws of the true law have."""

    def __init__(self, recipe: Recipe, engine: Engine) -> None:
        assert recipe.spreading is not None
        self._engine = engine
        self.weight = torch.tensor(recipe.spreading.weight)

    def follow(self, network: Any, held_out: gan.HeldOut) -> None:
        """Move the weight by what is missing in the gain of a network's samples of validation conditions."""
        condition, target = held_out.first(CONDITIONS)
        with torch.no_grad(), self._engine.autocast():
            samples = network(condition, held_out.noise(len(target), SAMPLES, network.noise_shapes)).float()
        gain = averaging_gain(samples, target).reshape(())
        if self._engine.world_size > 1:  # their batch-norm statistics differ
            torch.distributed.all_reduce(gain)
            gain = gain / self._engine.world_size
        self.weight = (self.weight + RATE * (expected_gain(SAMPLES) - gain.cpu())).clamp_min(0)

    def state_dict(self) -> dict[str, Tensor]:
        """Return the weight."""
        return {"weight": self.weight}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Load the weight."""
        self.weight = state["weight"].cpu()
