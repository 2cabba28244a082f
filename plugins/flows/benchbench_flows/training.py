"""The one trainer: Adam, a warm-up and a cosine, an average of the weights; randomness follows from (seed, step)."""

from __future__ import annotations

import copy
import functools
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch
from benchbench.core import Task
from benchbench.training import Engine, Trainer, TrainingSet, set_rate, to_samples
from torch import Tensor, nn

from benchbench_flows.networks import Drawn, Model
from benchbench_flows.sizes import CLIPPED, LEAST_RATE, SIZES, WARM_UP, batch

if TYPE_CHECKING:
    from benchbench_flows.methods import NoiseMethod

SHOWN = 8
"""Validation conditions of a preview."""
SHOWN_SAMPLES = 4


class Objective(nn.Module):
    """The loss of a model, as one call."""

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.model = model

    def forward(self, given: Mapping[str, Tensor]) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the sum of the losses, and each of them."""
        condition = {name[2:]: value for name, value in given.items() if name.startswith("c_")}
        losses = self.model.loss(condition, given["target"], Drawn(given["noise"], given["uniform"]))
        return torch.stack(list(losses.values())).sum(), {name: loss.detach() for name, loss in losses.items()}


class NoiseTrainer(Trainer):
    """Trains any of the methods."""

    def __init__(self, method: NoiseMethod, task: Task, engine: Engine, steps: int | None = None) -> None:
        self._engine, self._task = engine, task
        self._size = SIZES[method.size]
        self.num_steps, self.save_every = steps or self._size.num_steps, self._size.save_every
        self._data = TrainingSet(task, "train", engine.device)
        side = task.space.shape[1] if task.space.kind == "images" else 0
        self._number = engine.share(batch(self._size, side))
        self._model: Model = engine.build(lambda: method.make_network(task))
        self._model.form.measure(self._data)
        self._averaged = copy.deepcopy(self._model).requires_grad_(False)
        self._objective = engine.parallel(Objective(self._model))
        self._adam = engine.adam(self._model.parameters(), self._size.rate)
        self._update_all = engine.updating(self._update)

    def step(self, index: int) -> dict[str, Tensor]:
        """Update the network once, and return the losses."""
        set_rate(self._adam, self._size.rate * rate_share(index, self.num_steps))
        losses: dict[str, Tensor] = self._update_all(self._drawn(index))
        return losses

    def state(self) -> dict[str, Any]:
        """Return the states of the network, of its average and of the optimizer."""
        return {name: part.state_dict() for name, part in self._parts().items()}

    def restore(self, state: dict[str, Any]) -> None:
        """Take up the states of the network, of its average and of the optimizer."""
        for name, part in self._parts().items():
            part.load_state_dict(state[name])

    def weights(self) -> dict[str, Tensor]:
        """Return the average; kernels as float16 where the size says so, vectors, which are few, as float32."""
        tensors = {name: tensor.contiguous() for name, tensor in self._averaged.state_dict().items()}
        return {
            name: tensor.half() if self._size.halved and tensor.ndim > 1 else tensor for name, tensor in tensors.items()
        }

    def preview(self) -> Tensor:
        """Return 4 samples of each of the first (up to 8) validation conditions, with the same noise each time."""
        rows = torch.arange(min(SHOWN, len(self._held_out)))
        condition, _ = self._held_out.batch(rows)
        random = self._engine.random("preview")
        shapes = [(len(rows), SHOWN_SAMPLES, *shape) for shape in self._model.noise_shapes]
        noise = [torch.randn(shape, generator=random).to(self._engine.device) for shape in shapes]
        with torch.no_grad():
            return to_samples(self._averaged(condition, noise))

    @functools.cached_property
    def _held_out(self) -> TrainingSet:
        return TrainingSet(self._task, "validation", self._engine.device)

    def _drawn(self, index: int) -> dict[str, Tensor]:
        """Return what an update takes: pairs, noise, uniform numbers spread evenly, and how much the average moves."""
        random = self._engine.random("step", index)
        rows = torch.randint(len(self._data), (self._number,), generator=random)
        condition, target = self._data.batch(rows)
        offset = torch.rand(1, generator=random)
        drawn = {
            "target": target,
            "noise": torch.randn(target.shape, generator=random),
            "uniform": (torch.randperm(self._number, generator=random) + offset) / self._number,
            "moved": torch.tensor(1 - min(self._size.average, (1 + index) / (10 + index))),
        }
        return {**drawn, **{f"c_{name}": value for name, value in condition.items()}}

    def _update(self, given: Mapping[str, Tensor]) -> dict[str, Tensor]:
        with self._engine.autocast():
            loss, shown = self._objective(given)
            losses: dict[str, Tensor] = shown
        self._adam.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(self._model.parameters(), CLIPPED)
        self._adam.step()
        with torch.no_grad():
            kept, new = list(self._averaged.parameters()), list(self._model.parameters())
            ways = torch._foreach_sub(new, kept)
            torch._foreach_mul_(ways, given["moved"])
            torch._foreach_add_(kept, ways)
        return losses

    def _parts(self) -> dict[str, Any]:
        return {"model": self._model, "averaged": self._averaged, "adam": self._adam}


def rate_share(index: int, steps: int) -> float:
    """Return the share of the highest learning rate at an update: a line up, then a cosine down to `LEAST_RATE`."""
    falling = (1 + math.cos(math.pi * index / steps)) / 2
    return min(1.0, (index + 1) / WARM_UP) * (LEAST_RATE + (1 - LEAST_RATE) * falling)
