"""The one trainer: the predictor first, where the losses need one, then the GAN."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from benchbench.core import Task, Trainer
from benchbench.core.noise import stream
from benchbench.training import Engine, TrainingSet, gan, to_samples
from torch import Tensor, nn

from benchbench_mrgan.networks import measured
from benchbench_mrgan.phases import GanPhase, PredictorPhase
from benchbench_mrgan.recipes import Recipe

STATISTICS_BATCHES = 50
"""Batches from which the batch-norm statistics of the averaged network are taken."""
PREVIEW_CONDITIONS = 8
PREVIEW_SAMPLES = 8


@dataclass(frozen=True)
class Networks:
    """How the networks of a training are made, and what its predictor is sampled through."""

    generator: Callable[[], nn.Module]
    discriminator: Callable[[], nn.Module]
    predictor: Callable[[], nn.Module]
    law: Callable[[nn.Module], nn.Module]

    def on(self, data: TrainingSet) -> Networks:
        """Return the same, whose standardised inputs take the constants of the training set."""
        return dataclasses.replace(
            self,
            generator=_measuring(self.generator, data),
            discriminator=_measuring(self.discriminator, data),
            predictor=_measuring(self.predictor, data),
        )


def _measuring(make: Callable[[], nn.Module], data: TrainingSet) -> Callable[[], nn.Module]:
    return lambda: measured(make(), data)


class MomentTrainer(Trainer):
    """Trains any of the methods by its recipe (MR-GAN, section 4 and appendix B)."""

    def __init__(self, networks: Networks, recipe: Recipe, task: Task, engine: Engine) -> None:
        self.num_steps, self.save_every = recipe.predictor_steps + recipe.num_steps, recipe.save_every
        self._recipe, self._task, self._engine = recipe, task, engine
        self._data = TrainingSet(task, "train", engine.device)
        networks = self._networks = networks.on(self._data)
        self._held_out = gan.HeldOut(task, engine)
        self._predictor: Any = None
        """A `PredictorPhase`, where the losses need a predictor."""
        self._gan: Any = None
        """A `GanPhase`, but for the predictor alone."""
        self._done = 0
        if recipe.predictor_steps:
            self._predictor = PredictorPhase(networks.predictor, recipe, self._data, engine)
        if recipe.num_steps:
            looked_at = self._predictor.predictor if self._predictor else None
            self._gan = GanPhase(networks.generator, networks.discriminator, looked_at, recipe, self._data, engine)

    def step(self, index: int) -> dict[str, Tensor]:
        """Make the update number `index` of the predictor or, after its steps, of the GAN; return its losses."""
        before = self._recipe.predictor_steps
        self._done = index + 1
        if self._predictor and index < before:
            found: dict[str, Tensor] = self._predictor.step(index, before, self._held_out.data)
            return found
        if self._predictor:
            self._predictor.freeze()
        losses: dict[str, Tensor] = self._gan.step(index - before, self._recipe.num_steps, self._held_out)
        return losses

    def state(self) -> dict[str, Any]:
        """Return the states of the phases."""
        return {"done": self._done, **{name: phase.state() for name, phase in self._phases().items()}}

    def restore(self, state: dict[str, Any]) -> None:
        """Take up the states of the phases."""
        self._done = int(state["done"])
        for name, phase in self._phases().items():
            phase.restore(state[name])

    def weights(self) -> dict[str, Tensor]:
        """Return the network or, where there is no GAN, the best predictor.

        An averaged network has its batch-norm statistics measured again on training inputs. Where the recipe halves,
        kernels are float16; vectors, which are few, stay float32, so that no statistic leaves the range.
        """
        if not self._gan:
            network = self._networks.law(self._predictor.best())
        else:
            network = self._renewed() if self._recipe.average else self._gan.averaged()
        return gan.kept(network.state_dict(), self._recipe.halved)

    def preview(self) -> Tensor:
        """Return 8 samples of each of 8 validation conditions, with the same noise every time.

        They are of the averaged network; before the GAN's first update, of the predictor's law.
        """
        condition, target = self._held_out.first(PREVIEW_CONDITIONS)
        network = self._shown()
        noise = self._held_out.noise(len(target), PREVIEW_SAMPLES, network.noise_shapes)
        with torch.no_grad():
            samples = network(condition, noise)
        return to_samples(samples.expand(-1, PREVIEW_SAMPLES, *samples.shape[2:]).float())

    def _shown(self) -> Any:
        if self._gan and self._done >= self._recipe.predictor_steps:
            return self._gan.averaged()
        return self._networks.law(self._predictor.best()).eval()

    def _renewed(self) -> Any:
        """Return the averaged network after `STATISTICS_BATCHES` batches, the same ones in every process."""
        network = copy.deepcopy(self._gan.averaged()).train()
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.reset_running_stats()
                module.momentum = None
        for i in range(STATISTICS_BATCHES):
            random = _fixed("rows", self._engine.seed, i)
            rows = torch.randint(len(self._data), (self._recipe.discriminator_batch,), generator=random)
            condition, target = self._data.batch(rows)
            noise = self._fixed_noise(i, len(target), self._recipe.num_samples, network)
            with torch.no_grad():
                network(condition, noise)
        return network

    def _fixed_noise(self, index: int, inputs: int, samples: int, network: Any) -> list[Tensor]:
        random = _fixed("statistics", self._engine.seed, index)
        drawn = [torch.randn((inputs, samples, *shape), generator=random) for shape in network.noise_shapes]
        return [each.to(self._engine.device) for each in drawn]

    def _phases(self) -> dict[str, Any]:
        phases = {"predictor": self._predictor, "gan": self._gan}
        return {name: phase for name, phase in phases.items() if phase}


def _fixed(purpose: str, seed: int, index: int) -> torch.Generator:
    """Return the generator of what every process draws alike."""
    return torch.Generator().manual_seed(int(stream("mrgan", purpose, seed, index).integers(2**63)))
