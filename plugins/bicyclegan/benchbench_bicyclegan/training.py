"""The one trainer: generator and encoder, then the discriminators; all randomness follows from (seed, step)."""

from __future__ import annotations

import copy
import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch
from benchbench.core import Task, Trainer
from benchbench.core.engine import Engine, set_rate
from benchbench.training.method import TrainingSet, to_samples
from torch import Tensor, nn

from benchbench_bicyclegan.augmentation import augmentation_of, augmented
from benchbench_bicyclegan.networks import make_discriminator, make_networks
from benchbench_bicyclegan.objectives import PATHS, Discriminators, Objective
from benchbench_bicyclegan.sizes import SIZES, num_steps

if TYPE_CHECKING:
    from benchbench_bicyclegan.methods import TranslationGan

BETAS = (0.5, 0.999)
SHOWN = 8
"""Validation conditions of a preview, and samples of each."""


class HybridTrainer(Trainer):
    """Trains a method by its terms, in the order of the paper's code.

    Both paths are of A_1; generator and encoder are updated; then D sees B_1 and the encoded path's images, and D2 sees
    B_2 and the random path's, as they were before the update.
    """

    def __init__(self, method: TranslationGan, task: Task, engine: Engine) -> None:
        self._engine, self._task = engine, task
        self._size = SIZES[method.size]
        self._training_set = TrainingSet(task, "train", engine.device)
        self.num_steps = num_steps(method.size, task.name, len(self._training_set))
        self.save_every = self._size.save_every
        terms = method.terms()
        paths = [path for path, there in zip(PATHS, (terms.encoded, terms.random), strict=True) if there]

        def make() -> nn.ModuleDict:
            judges = {path: make_discriminator(method, task) for path in paths}
            return nn.ModuleDict({"networks": make_networks(method, task), "judges": nn.ModuleDict(judges)})

        modules = engine.build(make)
        self._networks, self._judges = modules["networks"], modules["judges"]
        average = self._size.average > 0
        self._averaged = copy.deepcopy(self._networks).requires_grad_(False) if average else self._networks
        discriminators = Discriminators(self._judges, method.conditional_discriminator)
        objective = Objective(self._networks, discriminators, terms)
        generator, encoder = self._networks.generator, self._networks.encoder
        self._optimizers = {
            "generator": self._adam(generator, self._size.network_rate),
            "encoder": self._adam(encoder, self._size.network_rate),
            **{path: self._adam(judge, self._size.discriminator_rate) for path, judge in self._judges.items()},
        }
        self._objective, self._discriminators = engine.parallel(objective), engine.parallel(discriminators)
        self._update_all = engine.updating(self._update)

    def step(self, index: int) -> dict[str, Tensor]:
        """Update all networks once; return the losses, without their weights."""
        share = min(1.0, (self.num_steps - index) / (self.num_steps * self._size.falling))
        for name, optimizer in self._optimizers.items():
            rate = self._size.discriminator_rate if name in self._judges else self._size.network_rate
            set_rate(optimizer, share * rate)
        losses: dict[str, Tensor] = self._update_all(self._drawn(index))
        return losses

    def state(self) -> dict[str, Any]:
        """Return the states of the networks and of their optimizers."""
        return {name: part.state_dict() for name, part in self._parts().items()}

    def restore(self, state: dict[str, Any]) -> None:
        """Take up the states of the networks and of their optimizers."""
        for name, part in self._parts().items():
            part.load_state_dict(state[name])

    def weights(self) -> dict[str, Tensor]:
        """Return generator and encoder, averaged and as float16 where the size says so."""
        tensors = self._averaged.state_dict()
        return {name: tensor.half() for name, tensor in tensors.items()} if self._size.halved else tensors

    def preview(self) -> Tensor:
        """Return `uint8[B, 8, 3, S, S]` of the first (up to 8) validation conditions, with the same z each time."""
        rows = torch.arange(min(SHOWN, len(self._validation_set)))
        values, _ = self._validation_set.batch(rows)
        size = len(rows), SHOWN, self._networks.generator.latent
        latent = torch.randn(size, generator=self._engine.random("preview")).to(self._engine.device)
        with torch.no_grad():
            return to_samples(self._averaged(values, [latent]))

    @functools.cached_property
    def _validation_set(self) -> TrainingSet:
        return TrainingSet(self._task, "validation", self._engine.device)

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
        _descend(total, first)
        if self._size.average:
            with torch.no_grad():
                kept, new = list(self._averaged.parameters()), list(self._networks.parameters())
                torch._foreach_lerp_(kept, new, 1 - self._size.average)
        with self._engine.autocast():
            found: dict[str, Tensor] = self._discriminators(given, fakes)
        _descend(torch.stack(list(found.values())).sum(), second)
        judged = {f"discriminator_{path}": loss.detach() for path, loss in found.items()}
        return {**shown, **judged}

    def _adam(self, module: nn.Module, rate: float) -> torch.optim.Adam:
        trained = [parameter for parameter in module.parameters() if parameter.requires_grad]
        return self._engine.adam(trained, rate, BETAS)

    def _parts(self) -> dict[str, Any]:
        return {"networks": self._networks, "averaged": self._averaged, "judges": self._judges, **self._optimizers}


def _descend(loss: Tensor, optimizers: list[torch.optim.Adam]) -> None:
    for optimizer in optimizers:
        optimizer.zero_grad(set_to_none=True)
    torch.autograd.backward(loss)
    for optimizer in optimizers:
        optimizer.step()
