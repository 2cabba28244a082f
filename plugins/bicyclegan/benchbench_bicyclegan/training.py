"""The one trainer: generator and encoder, then the discriminators; all randomness follows from (seed, step)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from benchbench.core import Task
from benchbench.training import Engine, TrainingSet, gan, to_samples
from torch import Tensor, nn

from benchbench_bicyclegan.augmentation import augmentation_of, augmented
from benchbench_bicyclegan.networks import Design, make_discriminator, make_networks
from benchbench_bicyclegan.objectives import PATHS, Discriminators, Objective
from benchbench_bicyclegan.terms import Terms

BETAS = (0.5, 0.999)
HEALTHY = {"latent": (None, 0.75), "spread-kept": (0.5, None)}
"""An encoder that guesses blindly has the latent loss E|z| = 0.80; samples that grow alike lose their spread."""
SHOWN = 8
"""Validation conditions of a preview, and samples of each."""


class HybridTrainer(gan.PartsTrainer):
    """Trains a method by its terms, in the order of the paper's code.

    Both paths are of A_1; generator and encoder are updated; then D sees B_1 and the encoded path's images, and D2 sees
    B_2 and the random path's, as they were before the update.
    """

    def __init__(self, design: Design, terms: Terms, task: Task, engine: Engine) -> None:
        self._engine, self._task, self._size = engine, task, design.size
        self._training_set = TrainingSet(task, "train", engine.device)
        self._held_out = gan.HeldOut(task, engine)
        self.num_steps, self.save_every = self._size.num_steps, self._size.save_every
        paths = [path for path, there in zip(PATHS, (terms.encoded, terms.random), strict=True) if there]

        def make() -> nn.ModuleDict:
            judges = {path: make_discriminator(design) for path in paths}
            return nn.ModuleDict({"networks": make_networks(design), "judges": nn.ModuleDict(judges)})

        modules = gan.build(engine, make)
        self._networks, self._judges = modules["networks"], modules["judges"]
        self._average = gan.Average(self._networks, self._size.average)
        discriminators = Discriminators(self._judges, design.conditional_discriminator)
        objective = Objective(self._networks, discriminators, terms)
        updated = {"generator": self._networks.generator, "encoder": self._networks.encoder}
        self._rates = dict.fromkeys(updated, self._size.network_rate)
        self.healthy = HEALTHY if terms.random else {}
        self._rates |= dict.fromkeys(paths, self._size.discriminator_rate)
        self._optimizers = {
            name: gan.adam(engine, module.parameters(), self._rates[name], BETAS)
            for name, module in (updated | dict(self._judges.items())).items()
        }
        self._objective, self._discriminators = engine.parallel(objective), engine.parallel(discriminators)
        self._update_all = engine.updating(self._update)

    def step(self, index: int) -> dict[str, Tensor]:
        """Update all networks once; return the losses, without their weights."""
        gan.set_rates(self._optimizers, self._rates, gan.height(index, self.num_steps, self._size.falling))
        losses: dict[str, Tensor] = self._update_all(self._drawn(index))
        return losses

    def weights(self) -> dict[str, Tensor]:
        """Return generator and encoder, averaged and with kernels as float16 where the size says so."""
        return gan.kept(self._average.network().state_dict(), self._size.halved)

    def preview(self) -> Tensor:
        """Return `uint8[B, 8, 3, S, S]` of the first (up to 8) validation conditions, with the same z each time."""
        condition, target = self._held_out.first(SHOWN)
        network = self._average.network()
        with torch.no_grad():
            return to_samples(network(condition, self._held_out.noise(len(target), SHOWN, network.noise_shapes)))

    def _drawn(self, index: int) -> dict[str, Tensor]:
        """Return what an update takes: pairs of each path, z ~ N(0, I), deviations from E's mean, dropout's masks.

        The random path's are drawn always, and read where there is that path.
        """
        random = self._engine.random("step", index)
        number = self._engine.share(self._size.pairs)
        rows, other_rows = (torch.randint(len(self._training_set), (number,), generator=random) for _ in range(2))
        wanted = {"": rows, "other_": other_rows} if "random" in self._judges else {"": rows}
        drawn = {}
        for which, own in wanted.items():
            values, drawn[f"{which}target"] = self._training_set.batch(own)
            drawn[f"{which}condition"] = values["image"]
        generator = self._networks.generator
        for name in ("prior", "deviation"):
            drawn[name] = torch.randn(number, generator.latent, generator=random)
        for path in PATHS:
            for i, shape in enumerate(generator.mask_shapes):
                drawn[f"mask_{path}_{i}"] = torch.rand(number, *shape, generator=random) < 0.5
        if self._size.augmented:
            how = augmentation_of(self._task.name)
            for which in wanted:
                pair = f"{which}condition", f"{which}target"
                drawn |= zip(pair, augmented([drawn[name] for name in pair], how, random), strict=True)
        return drawn

    def _update(self, given: Mapping[str, Tensor]) -> dict[str, Tensor]:
        first = [self._optimizers["generator"], self._optimizers["encoder"]]
        second = [self._optimizers[path] for path in self._judges]
        with self._engine.autocast():
            total, shown, fakes = self._objective(given)
        gan.descend(total, *first)
        self._average.update()
        with self._engine.autocast():
            found: dict[str, Tensor] = self._discriminators(given, fakes)
        gan.descend(torch.stack(list(found.values())).sum(), *second)
        judged = {f"discriminator_{path}": loss.detach() for path, loss in found.items()}
        return {**shown, **judged}

    def _parts(self) -> dict[str, Any]:
        return {"networks": self._networks, "average": self._average, "judges": self._judges, **self._optimizers}
