"""The one trainer: a discriminator update, then the network's; all randomness follows from (seed, step)."""

from __future__ import annotations

import copy
from typing import Any

import torch
from benchbench.core import Task, Trainer
from benchbench.noise import stream
from torch import Tensor, nn

from benchbench_mrgan import losses
from benchbench_mrgan.images import from_bytes
from benchbench_mrgan.recipes import Base, Recipe

STATISTICS_BATCHES = 50
"""Batches from which the batch-norm statistics of the averaged network are taken."""


class GanTrainer(Trainer):
    """Trains a base network against its discriminator by a recipe (MR-GAN, section 4 and appendix B)."""

    def __init__(self, base: Base, recipe: Recipe, task: Task, device: str, seed: int) -> None:
        self.num_steps = recipe.num_steps
        self._base, self._recipe, self._device, self._seed = base, recipe, device, seed
        examples = task.examples("train")
        self._conditions = torch.stack([example.condition["image"] for example in examples])
        self._targets = torch.stack([example.references[0] for example in examples])
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)
            self._network = base.network().to(device)
            self._discriminator = base.discriminator().to(device)
        self._averaged = copy.deepcopy(self._network).requires_grad_(False)
        self._noise_shapes = self._network.noise_shapes(*task.space.shape[1:])
        self._network_optimizer = _optimizer(self._network, recipe.network_rate)
        self._discriminator_optimizer = _optimizer(self._discriminator, recipe.discriminator_rate)

    def step(self, index: int) -> dict[str, float]:
        """Update the discriminator once and the network as often as the base asks; return the losses."""
        random = self._random("step", index)
        share = min(1.0, (self.num_steps - index) / (self.num_steps / 3))
        _set_rate(self._network_optimizer, share * self._recipe.network_rate)
        _set_rate(self._discriminator_optimizer, share * self._recipe.discriminator_rate)
        shown = {"D": self._update_discriminator(random)}
        for _ in range(self._base.network_updates):
            shown["G"], shown["added"] = self._update_network(random)
            average = self._recipe.average
            for kept, new in zip(self._averaged.parameters(), self._network.parameters(), strict=True):
                kept.lerp_(new.detach(), 1 - average)
        return shown

    def state(self) -> dict[str, Any]:
        """Return the states of the networks and of their optimizers."""
        return {name: part.state_dict() for name, part in self._parts().items()}

    def restore(self, state: dict[str, Any]) -> None:
        """Take up the states of the networks and of their optimizers."""
        for name, part in self._parts().items():
            part.load_state_dict(state[name])

    def weights(self) -> dict[str, Tensor]:
        """Return the averaged network as float16, its batch-norm statistics taken anew on training inputs."""
        network = copy.deepcopy(self._averaged).train()
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.reset_running_stats()
                module.momentum = None
        random = self._random("statistics", 0)
        with torch.no_grad():
            for _ in range(STATISTICS_BATCHES):
                conditions, _ = self._batch(self._recipe.discriminator_batch, random)
                network(conditions, self._noise(len(conditions), self._recipe.num_samples, random))
        tensors = network.state_dict()
        return {name: tensor.half() for name, tensor in tensors.items() if not name.endswith("num_batches_tracked")}

    def _update_discriminator(self, random: torch.Generator) -> float:
        conditions, targets = self._batch(self._recipe.discriminator_batch, random)
        with torch.no_grad():
            fakes = self._network(conditions, self._noise(len(conditions), 1, random))[:, 0]
        loss = losses.discriminator_loss(self._judge(conditions, targets), self._judge(conditions, fakes))
        self._descend(loss, self._discriminator, self._discriminator_optimizer)
        return loss.item()

    def _update_network(self, random: torch.Generator) -> tuple[float, float]:
        conditions, targets = self._batch(self._recipe.num_inputs, random)
        samples = self._network(conditions, self._noise(len(conditions), self._recipe.num_samples, random))
        repeated = conditions.repeat_interleave(self._recipe.num_samples, 0)
        self._discriminator.requires_grad_(False)
        adversarial = losses.adversarial_loss(self._judge(repeated, samples.flatten(0, 1)))
        self._discriminator.requires_grad_(True)
        added = self._recipe.added_loss(samples, targets)
        self._descend(adversarial + self._recipe.weight * added, self._network, self._network_optimizer)
        return adversarial.item(), added.item()

    def _judge(self, conditions: Tensor, images: Tensor) -> Tensor:
        inputs = torch.cat([conditions, images], 1) if self._base.conditional else images
        logits: Tensor = self._discriminator(inputs)
        return logits

    def _descend(self, loss: Tensor, network: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        nn.utils.clip_grad_value_(network.parameters(), self._recipe.clip)
        optimizer.step()

    def _batch(self, size: int, random: torch.Generator) -> tuple[Tensor, Tensor]:
        rows = torch.randint(len(self._targets), (size,), generator=random)
        return from_bytes(self._conditions[rows].to(self._device)), from_bytes(self._targets[rows].to(self._device))

    def _noise(self, inputs: int, samples: int, random: torch.Generator) -> list[Tensor]:
        drawn = [torch.randn((inputs, samples, *shape), generator=random) for shape in self._noise_shapes]
        return [each.to(self._device) for each in drawn]

    def _random(self, purpose: str, index: int) -> torch.Generator:
        return torch.Generator().manual_seed(int(stream("mrgan", purpose, self._seed, index).integers(2**63)))

    def _parts(self) -> dict[str, Any]:
        return {
            "network": self._network,
            "discriminator": self._discriminator,
            "averaged": self._averaged,
            "network_optimizer": self._network_optimizer,
            "discriminator_optimizer": self._discriminator_optimizer,
        }


def _optimizer(network: nn.Module, rate: float) -> torch.optim.Optimizer:
    return torch.optim.Adam(network.parameters(), lr=rate, betas=(0.5, 0.999), amsgrad=True)


def _set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    for group in optimizer.param_groups:
        group["lr"] = rate
