"""The trainer of one model by one loss: Adam, a warm-up and a cosine, an average of the weights.

The loss stays with its paper, in the plugin: an `Objective` of the model, and what is random in it.
"""

from __future__ import annotations

import functools
import math
from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from benchbench.core.engine import Engine, set_rate
from benchbench.core.errors import Unsupported
from benchbench.core.task import Task
from benchbench.training import gan
from benchbench.training.method import TrainingSet, to_samples
from benchbench.training.recipe import Recipe
from benchbench.training.scale import batch
from benchbench.training.turned import Augmentation, turned

SHOWN = 8
"""Validation conditions of a preview."""
SHOWN_SAMPLES = 4
WARM_UP = 100
"""Updates until the learning rate is at its highest."""
LEAST_RATE = 0.02
"""Of the highest learning rate, at the end."""
CLIPPED = 1.0
"""Longest gradient: longer ones are scaled down to it."""


class Objective(nn.Module):
    """The loss of a model as one call, so that processes join the gradients of the model's weights."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    @abstractmethod
    def losses(self, condition: Mapping[str, Tensor], given: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return the losses, whose sum is to fall, on conditions of N pairs, `target` and what the trainer drew."""

    def forward(self, given: Mapping[str, Tensor]) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the sum of the losses, and each of them."""
        condition = {name[2:]: value for name, value in given.items() if name.startswith("c_")}
        losses = self.losses(condition, given)
        return torch.stack(list(losses.values())).sum(), {name: loss.detach() for name, loss in losses.items()}


class Descent(gan.PartsTrainer):
    """Trains a model that has a `form`, `noise_shapes` and `forward(condition, noise)`, as `TrainedMethod` needs it."""

    def __init__(
        self,
        make: Callable[[], nn.Module],
        objective: Callable[[Any], Objective],
        recipe: Recipe,
        task: Task,
        engine: Engine,
        steps: int | None = None,
        augmentation: Augmentation = "none",
    ) -> None:
        """Make the model; `steps` is another number of updates than the recipe's.

        `augmentation` says how the images of a pair are mirrored and turned before anything else is drawn for it; raise
        `Unsupported` where it is to move points.
        """
        side = task.space.shape[1] if task.space.kind == "images" else 0
        if augmentation != "none" and not side:
            raise Unsupported(f"augmentation={augmentation} moves images; samples of {task.name} are points")
        self._engine, self._task, self._recipe, self._augmentation = engine, task, recipe, augmentation
        self.num_steps, self.save_every = steps or recipe.num_steps, recipe.save_every
        self._data = TrainingSet(task, "train", engine.device)
        self._number = engine.share(batch(recipe.batch, side))
        self._model: Any = engine.build(make)
        self._model.form.measure(self._data)
        self._average = gan.Average(self._model, recipe.average)
        self._objective = engine.parallel(objective(self._model))
        self._adam = engine.adam(self._model.parameters(), recipe.rate)
        self._update_all = engine.updating(self._update)

    @abstractmethod
    def drawn(self, target: Tensor, random: torch.Generator) -> dict[str, Tensor]:
        """Return what else is random in the losses of the pairs with these targets, `[N, …]`, by name."""

    def pairs(self, index: int, random: torch.Generator) -> dict[str, Tensor]:
        """Return `target`, the values of the condition under `c_` and their names, and what else is drawn."""
        del index
        given = self.pairs_of(torch.randint(len(self._data), (self._number,), generator=random))
        given = turned(given, self._augmentation, random)
        return {**given, **self.drawn(given["target"], random)}

    def pairs_of(self, rows: Tensor) -> dict[str, Tensor]:
        """Return `target` and the values of the condition under `c_` and their names, of these rows."""
        condition, target = self._data.batch(rows)
        return {"target": target, **{f"c_{name}": value for name, value in condition.items()}}

    def step(self, index: int) -> dict[str, Tensor]:
        """Update the model once, and return the losses."""
        set_rate(self._adam, self._recipe.rate * rate_share(index, self.num_steps))
        losses: dict[str, Tensor] = self._update_all(self.pairs(index, self._engine.random("step", index)))
        return losses

    def weights(self) -> dict[str, Tensor]:
        """Return the average; kernels as float16 where the recipe says so."""
        return gan.kept(self._average.network().state_dict(), self._recipe.halved)

    def preview(self) -> Tensor:
        """Return 4 samples of each of the first (up to 8) validation conditions, with the same noise each time."""
        rows = torch.arange(min(SHOWN, len(self._held_out)))
        condition, _ = self._held_out.batch(rows)
        random = self._engine.random("preview")
        shapes = [(len(rows), SHOWN_SAMPLES, *shape) for shape in self._model.noise_shapes]
        noise = [torch.randn(shape, generator=random).to(self._engine.device) for shape in shapes]
        with torch.no_grad():
            return to_samples(self._average.network()(condition, noise))

    @functools.cached_property
    def _held_out(self) -> TrainingSet:
        return TrainingSet(self._task, "validation", self._engine.device)

    def _update(self, given: Mapping[str, Tensor]) -> dict[str, Tensor]:
        with self._engine.autocast():
            loss, shown = self._objective(given)
            losses: dict[str, Tensor] = shown
        self._adam.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(self._model.parameters(), CLIPPED)
        self._adam.step()
        self._average.update()
        return losses

    def _parts(self) -> dict[str, Any]:
        return {"model": self._model, "average": self._average, "adam": self._adam}


def rate_share(index: int, steps: int) -> float:
    """Return the share of the highest learning rate at an update: a line up, then a cosine down to `LEAST_RATE`."""
    falling = (1 + math.cos(math.pi * index / steps)) / 2
    return min(1.0, (index + 1) / WARM_UP) * (LEAST_RATE + (1 - LEAST_RATE) * falling)
