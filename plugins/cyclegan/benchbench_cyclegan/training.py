"""The trainer: both translators, then both judges; all randomness follows from (seed, step)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from benchbench.core import Task
from benchbench.training import Engine, TrainingSet, gan, to_samples
from torch import Tensor, nn

from benchbench_cyclegan.apart import Apart
from benchbench_cyclegan.networks import make_judge, make_translator
from benchbench_cyclegan.objectives import Judging, Translating, Weights
from benchbench_cyclegan.pool import Pool, plan
from benchbench_cyclegan.sizes import Size

BETAS = (0.5, 0.999)
SHOWN, SHOWN_SAMPLES = 8, 2
"""Validation conditions of a preview, and samples of each, which are equal."""


class CycleTrainer(gan.PartsTrainer):
    """Trains G: X → Y and F: Y → X against a judge of each side; the training set's pairing is not used."""

    def __init__(self, size: Size, weights: Weights, task: Task, engine: Engine) -> None:
        self._engine, self._size = engine, size
        self.num_steps, self.save_every = size.num_steps, size.save_every
        self._data = Apart(TrainingSet(task, "train", engine.device), task)
        self._held_out = gan.HeldOut(task, engine)
        shapes = {"x": tuple(task.examples("test")[0].condition["image"].shape), "y": task.space.shape}
        channels = {name: shape[0] for name, shape in shapes.items()}

        def make() -> nn.ModuleDict:
            there = make_translator(channels["x"], channels["y"], size)
            back = make_translator(channels["y"], channels["x"], size)
            judges = {name: make_judge(number, size) for name, number in channels.items()}
            translators = nn.ModuleDict({"there": there, "back": back})
            return nn.ModuleDict({"translators": translators, "judges": nn.ModuleDict(judges)})

        self._modules = gan.build(engine, make)
        translators, judges = self._modules["translators"], self._modules["judges"]
        self._average = gan.Average(translators["there"], size.average)
        self._pools = nn.ModuleDict({name: Pool(shape) for name, shape in shapes.items()}).to(engine.device)
        self._optimizers = {
            name: gan.adam(engine, module.parameters(), size.rate, BETAS) for name, module in self._modules.items()
        }
        self._translating = engine.parallel(Translating(translators, judges, weights))
        self._judging = engine.parallel(Judging(judges))
        self._update_all = engine.updating(self._update)

    def step(self, index: int) -> dict[str, Tensor]:
        """Update all networks once; return the terms, with their weights."""
        share = gan.height(index, self.num_steps, self._size.falling)
        gan.set_rates(self._optimizers, dict.fromkeys(self._optimizers, self._size.rate), share)
        losses: dict[str, Tensor] = self._update_all(self._drawn(index))
        return losses

    def weights(self) -> dict[str, Tensor]:
        """Return the translator from conditions to samples, averaged and as float16 where the size says so."""
        return gan.kept(self._average.network().state_dict(), self._size.halved)

    def preview(self) -> Tensor:
        """Return `uint8[B, 2, 3, S, S]` of the first (up to 8) validation conditions; both are the one output."""
        condition, _ = self._held_out.first(SHOWN)
        with torch.no_grad():
            return to_samples(self._average.network()(condition).expand(-1, SHOWN_SAMPLES, -1, -1, -1))

    def _drawn(self, index: int) -> dict[str, Tensor]:
        """Return what a step takes: inputs `x` and targets `y` of different pairs, and what the pools do."""
        random, number = self._engine.random("step", index), self._engine.share(self._size.batch)
        drawn = dict(zip("xy", self._data.batch(index, number, random), strict=True))
        for name in "xy":
            drawn |= {f"{name}_{what}": value for what, value in plan(index * number, number, random).items()}
        return drawn

    def _update(self, given: Mapping[str, Tensor]) -> dict[str, Tensor]:
        judges = self._modules["judges"]
        judges.requires_grad_(False)
        with self._engine.autocast():
            total, shown, fakes = self._translating(given)
        gan.descend(total, self._optimizers["translators"])
        self._average.update()
        judges.requires_grad_(True)
        with torch.no_grad():
            pooled = {name: self._pooled(name, fakes[name], given) for name in "xy"}
        with self._engine.autocast():
            found: dict[str, Tensor] = self._judging(given, pooled)
        gan.descend(torch.stack(list(found.values())).sum(), self._optimizers["judges"])
        return {**shown, **{name: loss.detach() for name, loss in found.items()}}

    def _pooled(self, name: str, fakes: Tensor, given: Mapping[str, Tensor]) -> Tensor:
        slots, stored, swapped = (given[f"{name}_{what}"] for what in ("slots", "stored", "swapped"))
        pooled: Tensor = self._pools[name](fakes, slots, stored, swapped)
        return pooled

    def _parts(self) -> dict[str, Any]:
        optimizers = {f"{name}_optimizer": optimizer for name, optimizer in self._optimizers.items()}
        return {"networks": self._modules, "averaged": self._average, "pools": self._pools, **optimizers}
