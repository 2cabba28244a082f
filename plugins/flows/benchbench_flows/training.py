"""The trainer of the methods: their losses, and what is random in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import torch
from benchbench.core import Task
from benchbench.training import Engine
from benchbench.training.descent import Descent, Objective
from torch import Tensor

from benchbench_flows.networks import Drawn
from benchbench_flows.sizes import SIZES

if TYPE_CHECKING:
    from benchbench_flows.methods import NoiseMethod


class NoiseObjective(Objective):
    """The loss of a model."""

    def losses(self, condition: Mapping[str, Tensor], given: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return the losses of the model."""
        losses: dict[str, Tensor] = self.model.loss(condition, given["target"], Drawn(given["noise"], given["uniform"]))
        return losses


class NoiseTrainer(Descent):
    """Trains any of the methods."""

    def __init__(self, method: NoiseMethod, task: Task, engine: Engine, steps: int | None = None) -> None:
        super().__init__(
            lambda: method.make_network(task),
            NoiseObjective,
            SIZES[method.size],
            task,
            engine,
            steps,
            method.augmentation,
        )

    def drawn(self, target: Tensor, random: torch.Generator) -> dict[str, Tensor]:
        """Return noise, and uniform numbers spread evenly over the batch."""
        offset = torch.rand(1, generator=random)
        noise = torch.randn(target.shape, generator=random)
        return {"noise": noise, "uniform": (torch.randperm(len(target), generator=random) + offset) / len(target)}
