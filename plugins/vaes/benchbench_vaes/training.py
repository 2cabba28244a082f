"""The one trainer: the updates of an objective, one after the other; all randomness follows from (seed, step)."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import torch
from benchbench.core import Task
from benchbench.training import Engine, TrainingSet, gan, to_samples
from torch import Tensor, nn

from benchbench_vaes.objectives import Update
from benchbench_vaes.plan import Plan
from benchbench_vaes.updates import Half

SHOWN = 8
"""Validation conditions of a preview, and samples of each."""


class HybridTrainer(gan.PartsTrainer):
    """Trains any of the methods by its plan.

    The updates of a step share its batch; each has a graph of its own, and sees the networks as the last one left them.
    """

    def __init__(self, plan: Plan, task: Task, engine: Engine) -> None:
        self._engine, self._task, self._recipe, self._objective = engine, task, plan.recipe, plan.objective
        self.num_steps, self.save_every = plan.recipe.num_steps, plan.recipe.save_every
        makers = {"autoencoder": plan.make_autoencoder, **plan.make_judges}
        self._modules = gan.build(engine, lambda: nn.ModuleDict({name: make() for name, make in makers.items()}))
        self._autoencoder = self._modules["autoencoder"]
        self._networks = {"encoder": self._autoencoder.encoder, "decoder": self._autoencoder.decoder}
        self._networks |= {name: self._modules[name] for name in plan.make_judges}
        self._average = gan.Average(self._autoencoder, self._recipe.average)
        self._held_out = gan.HeldOut(task, engine)
        self._data = TrainingSet(task, "train", engine.device)
        self._rates: dict[str, float] = {}
        self._optimizers: dict[str, torch.optim.Optimizer] = {}
        for phase in self._objective.phases:
            for update in self._objective.updates(phase):
                self._make_optimizers(update)
        self._phases: dict[str, Any] = {}

    def step(self, index: int) -> dict[str, Tensor]:
        """Make the updates of the objective once each; return the losses."""
        recipe, random = self._recipe, self._engine.random("step", index)
        gan.set_rates(self._optimizers, self._rates, gan.height(index, self.num_steps, recipe.falling))
        given = self._drawn(self._engine.share(recipe.batch), random)
        losses: dict[str, Tensor] = self._phase(self._objective.phase(index))(given)
        return losses

    def weights(self) -> dict[str, Tensor]:
        """Return encoder and decoder, averaged and with kernels as float16 where the recipe says so.

        Averaged ones have their batch-norm statistics computed again: of real samples, and of samples of the prior.
        """
        network = gan.renewed(self._average.weights, self._pass) if self._recipe.average else self._autoencoder
        return gan.kept(network.state_dict(), self._recipe.halved)

    def preview(self) -> Tensor:
        """Return 8 samples of each of the first (up to 8) validation conditions, with the same z each time."""
        condition, targets = self._held_out.first(SHOWN)
        noise = self._held_out.noise(len(targets), SHOWN, self._autoencoder.noise_shapes)
        with torch.no_grad():
            return to_samples(self._average.network()(condition, noise))

    def _make_optimizers(self, update: Update) -> None:
        """Make those that an update needs and no other one has made."""
        recipe = self._recipe
        for name in update.trained:
            key = _optimizer_of(name, update)
            if key not in self._optimizers:
                is_judge = name not in ("encoder", "decoder")
                self._rates[key] = recipe.discriminator_rate if is_judge else recipe.generator_rate
                network, rate = self._networks[name], self._rates[key]
                self._optimizers[key] = gan.optimizer(self._engine, network, rate, recipe.optimizer, recipe.betas)

    def _drawn(self, number: int, random: torch.Generator) -> dict[str, Tensor]:
        """Return a batch: real samples, and noise of the prior and of the codes."""
        _, real = self._data.batch(torch.randint(len(self._data), (number,), generator=random))
        shape = (number, *self._autoencoder.noise_shapes[0])
        noise = {name: torch.randn(shape, generator=random) for name in ("prior", "deviations")}
        return {"real": real, **noise}

    def _phase(self, phase: str) -> Any:
        """Return what makes a step of a phase."""
        if phase not in self._phases:
            updates = self._objective.updates(phase)
            halves = [(each, self._engine.parallel(Half(self._networks, each))) for each in updates]
            self._phases[phase] = self._engine.updating(functools.partial(self._update, phase, halves))
        return self._phases[phase]

    def _update(self, phase: str, halves: list[tuple[Update, Any]], given: Mapping[str, Tensor]) -> dict[str, Tensor]:
        shown: dict[str, Tensor] = {}
        for update, half in halves:
            for name, network in self._networks.items():
                network.requires_grad_(name in update.trained)
            with self._engine.autocast():
                total, found = half(given)
            gan.descend(total, *(self._optimizers[_optimizer_of(name, update)] for name in update.trained))
            shown |= found
        self._average.update()
        with torch.no_grad():
            return {**shown, **self._objective.advance(phase, shown)}

    def _pass(self, network: Any, index: int) -> None:
        """Compute what batch norm counts, of batches that every process draws alike."""
        random = torch.Generator().manual_seed(self._engine.seed + index)
        given = {name: value.to(self._engine.device) for name, value in self._drawn(self._recipe.batch, random).items()}
        network.encoder(given["real"])
        network.decode(given["prior"])

    def _parts(self) -> dict[str, Any]:
        optimizers = {f"{name}_optimizer": optimizer for name, optimizer in self._optimizers.items()}
        return {"networks": self._modules, "averaged": self._average, **optimizers, "objective": self._objective}


def _optimizer_of(network: str, update: Update) -> str:
    """Return the name of the optimizer by which an update moves a network."""
    return f"{network}_{update.apart}" if update.apart else network
