"""The one trainer: the discriminator, then the generator; all randomness follows from (seed, step)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from benchbench.core import Task
from benchbench.core.noise import stream
from benchbench.training import Engine, TrainingSet, gan, to_samples
from torch import Tensor, nn

from benchbench_gans.batches import Source, part_of
from benchbench_gans.plan import Plan
from benchbench_gans.updates import GeneratorUpdate, JudgeUpdate

SHOWN = 8
"""Validation conditions of a preview, and samples of each."""
LEAST_SHARE = 0.25
"""Of the rates, where they are halved every so many steps."""


class AdversarialTrainer(gan.PartsTrainer):
    """Trains any of the methods by its plan.

    Every update has a batch of its own.
    """

    def __init__(self, plan: Plan, task: Task, engine: Engine) -> None:
        self._plan, self._task, self._engine = plan, task, engine
        self._objective, self._recipe = plan.objective, plan.recipe
        self._objective.together = plan.recipe.norm != "batch"
        self.num_steps, self.save_every = plan.recipe.num_steps, plan.recipe.save_every
        networks = {"generator": plan.make_generator, "judge": plan.make_judge}
        modules = gan.build(engine, lambda: nn.ModuleDict({name: make() for name, make in networks.items()}))
        self._generator, self._judge = modules["generator"], modules["judge"]
        self._average = gan.Average(self._generator, self._recipe.average)
        self._held_out = gan.HeldOut(task, engine)
        data = TrainingSet(task, "train", engine.device)
        self._source = Source(data, self._generator.num_classes, plan.packing, self._recipe.latent)
        self._rates = {"generator": self._recipe.generator_rate, "judge": self._recipe.discriminator_rate}
        self._optimizers = {
            name: gan.optimizer(engine, modules[name], rate, plan.recipe.optimizer, plan.recipe.betas)
            for name, rate in self._rates.items()
        }
        judging = JudgeUpdate(self._judge, self._objective, plan.packing)
        generating = GeneratorUpdate(self._generator, judging, self._optimizers["judge"], plan)
        self._judging, self._generating = engine.parallel(judging), engine.parallel(generating)
        self._update_all = engine.updating(self._update)

    def step(self, index: int) -> dict[str, Tensor]:
        """Update the discriminator as often as the recipe says and the generator once; return the losses."""
        recipe = self._recipe
        gan.set_rates(self._optimizers, self._rates, self._share(index))
        random, packs = self._engine.random("step", index), self._engine.share(recipe.batch)
        given: dict[str, Tensor] = {}
        for part in (*self._judge_parts, "g"):
            given |= self._source.draw(part, packs, random)
        losses: dict[str, Tensor] = self._update_all(given)
        return losses

    def weights(self) -> dict[str, Tensor]:
        """Return the generator, averaged and with kernels as float16 where the recipe says so.

        An averaged network has its batch-norm statistics computed again.
        """
        network = self._renewed() if self._recipe.average else self._generator
        return gan.kept(network.state_dict(), self._recipe.halved)

    def preview(self) -> Tensor:
        """Return 8 samples of each of the first (up to 8) validation conditions, with the same z each time."""
        condition, targets = self._held_out.first(SHOWN)
        noise = self._held_out.noise(len(targets), SHOWN, self._generator.noise_shapes)
        with torch.no_grad():
            return to_samples(self._average.network()(condition, noise))

    @property
    def _judge_parts(self) -> list[str]:
        return [f"d{i}" for i in range(self._recipe.critic_updates)]

    def _share(self, index: int) -> float:
        """Return the rates of a step as a share of the full ones."""
        recipe = self._recipe
        if recipe.halved_every:
            return float(max(LEAST_SHARE, 0.5 ** (index // recipe.halved_every)))
        return gan.height(index, self.num_steps, recipe.falling)

    def _update(self, given: Mapping[str, Tensor]) -> dict[str, Tensor]:
        shown: dict[str, Tensor] = {}
        for part in self._judge_parts:
            own = part_of(given, part)
            with self._engine.autocast():
                with torch.no_grad():
                    fake = self._generator.draw(own["noise"], own.get("label"))
                total, found = self._judging(own, fake)
            gan.descend(total, self._optimizers["judge"])
            shown |= found
            if self._objective.clip is not None:
                with torch.no_grad():
                    for weight in self._judge.parameters():
                        weight.clamp_(-self._objective.clip, self._objective.clip)
        with self._engine.autocast():
            total, found = self._generating(part_of(given, "g"))
        gan.descend(total, self._optimizers["generator"])
        self._average.update()
        shown |= found
        with torch.no_grad():
            return {**shown, **self._objective.advance(shown)}

    def _renewed(self) -> nn.Module:
        """Return the averaged generator with statistics of its own samples, the same ones in every process."""

        def run(network: Any, index: int) -> None:
            random = _fixed("statistics", self._engine.seed, index)
            own = part_of(self._source.draw("s", self._recipe.batch, random), "s")
            own = {name: value.to(self._engine.device) for name, value in own.items()}
            network.draw(own["noise"], own.get("label"))

        network: nn.Module = gan.renewed(self._average.weights, run)
        return network

    def _parts(self) -> dict[str, Any]:
        networks = {"generator": self._generator, "averaged": self._average, "judge": self._judge}
        optimizers = {f"{name}_optimizer": optimizer for name, optimizer in self._optimizers.items()}
        return {**networks, **optimizers, "objective": self._objective}


def _fixed(purpose: str, seed: int, index: int) -> torch.Generator:
    """Return the generator of what every process draws alike."""
    return torch.Generator().manual_seed(int(stream("gans", purpose, seed, index).integers(2**63)))
