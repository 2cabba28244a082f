"""The trainer: bits per value of dequantised images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import torch
from benchbench.core import Task
from benchbench.training import Engine
from benchbench.training.descent import Descent, Objective
from torch import Tensor

if TYPE_CHECKING:
    from benchbench_likelihood.methods import LikelihoodMethod


class LikelihoodObjective(Objective):
    """Bits per value of a model."""

    def losses(self, condition: Mapping[str, Tensor], given: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return the terms of the bits per value, at images with uniform noise of one grey level."""
        noise = [given[f"noise_{number}"] for number in range(len(self.model.posterior_shapes))]
        losses: dict[str, Tensor] = self.model.bits(condition, given["target"] + given["dequantised"], noise)
        return losses


class LikelihoodTrainer(Descent):
    """Trains either method."""

    def __init__(self, method: LikelihoodMethod, task: Task, engine: Engine, steps: int | None = None) -> None:
        super().__init__(
            lambda: method.make_network(task),
            LikelihoodObjective,
            method.recipe(),
            task,
            engine,
            steps,
            method.augmentation,
        )

    def drawn(self, target: Tensor, random: torch.Generator) -> dict[str, Tensor]:
        """Return the noise of the bytes, in [-1, 1], and that of the latent variable."""
        shapes = self._model.posterior_shapes
        drawn = [torch.randn((len(target), *shape), generator=random) for shape in shapes]
        return {
            "dequantised": ((torch.rand(target.shape, generator=random) - 0.5) / 127.5).to(target.device),
            **{f"noise_{number}": each for number, each in enumerate(drawn)},
        }
