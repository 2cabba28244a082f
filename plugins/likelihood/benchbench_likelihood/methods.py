"""The methods with their options; nothing heavy is imported here."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from benchbench.core import BenchbenchError, Conditions, Task, Unsupported
from benchbench.core.noise import Noise
from benchbench.training import Engine, TrainedMethod, Trainer, network_inputs, require_form
from benchbench.training.recipe import Recipe
from benchbench.training.scale import patch
from benchbench.training.turned import Augmentation

from benchbench_likelihood.sizes import SIZES

if TYPE_CHECKING:
    from torch import Tensor

    from benchbench_likelihood.model import Model


@dataclass
class LikelihoodMethod(TrainedMethod):
    """What the methods share: the tasks that they serve, and the log-likelihood of references."""

    checkpoints = Path(__file__).parent / "checkpoints"
    later_options = ("augmentation",)

    size: Literal["small", "paper"] = "small"
    """`small`: minutes on a CPU core for 32 and 64 px. `paper`: wider, deeper and longer, for a GPU."""
    augmentation: Augmentation = "none"
    """Training pairs are mirrored, or mirrored and turned by quarters, where the law of the task has that symmetry."""

    def require(self, task: Task) -> None:
        """Raise `Unsupported` where the networks do not take the task's conditions and give its samples."""
        if task.space.kind == "points":
            raise Unsupported(f"{self.name} gives images; samples of {task.name} are points")
        require_form(task, self.name, self._multiple)

    def recipe(self) -> Recipe:
        """Return how the method is trained."""
        return SIZES[self.size]

    def _multiple(self, side: int) -> int:
        return int(patch(side) * 2 ** (len(SIZES[self.size].multiples) - 1))

    def make_network(self, task: Task) -> Model:
        """Return form and network."""
        raise NotImplementedError

    def trainer(self, task: Task, engine: Engine, steps: int | None = None) -> Trainer:
        """Return the trainer, which is the same for both; it makes the size's steps where none are given."""
        self.require(task)
        from benchbench_likelihood.training import LikelihoodTrainer

        return LikelihoodTrainer(self, task, engine, steps)

    def log_likelihood(self, conditions: Conditions, references: Tensor, noise: Noise) -> Tensor:
        """Return `float64[B, R]`, the log density of references given their conditions; of `cvae` a lower bound."""
        import torch

        inputs, rows = network_inputs(conditions.values), []
        for i in range(len(conditions)):
            own = noise.condition(i)
            dequantised = references[i].float() + own.uniform(*references.shape[2:])[0].to(references.device) - 0.5
            latents = [own.normal(*shape)[0].to(references.device) for shape in self._network.posterior_shapes]
            condition = {
                name: value[i : i + 1].expand(len(dequantised), *value.shape[1:]) for name, value in inputs.items()
            }
            with torch.no_grad():
                rows.append(self._network.log_density(condition, dequantised / 127.5 - 1, latents).double())
        return torch.stack(rows)

    def _check_range(self, name: str, high: float) -> None:
        value: Any = getattr(self, name)
        if not 0 <= value <= high or not math.isfinite(value):
            raise BenchbenchError(f"{self.name}: {name} is {value}; write a number from 0 to {high:g}")


@dataclass
class Cvae(LikelihoodMethod):
    """A conditional variational autoencoder: a hierarchy, whose decoder's variance is the best for its errors."""

    name = "cvae"
    version = 3
    summary = "hierarchical conditional variational autoencoder with the optimal decoder variance (sigma-VAE)"
    sampling_options = ("pixel_noise",)

    pixel_noise: float = 0.0
    """Share of the decoder's standard deviation that is drawn on each value: 0, the mean of the decoder; 1, its law."""

    def __post_init__(self) -> None:
        self._check_range("pixel_noise", 10)

    def make_network(self, task: Task) -> Model:
        """Return form, encoder and decoder."""
        from benchbench_likelihood.cvae import VaeModel

        return VaeModel(task, SIZES[self.size], self.pixel_noise)


@dataclass
class Cflow(LikelihoodMethod):
    """A conditional normalizing flow: an invertible network from noise to image, trained by exact likelihood."""

    name = "cflow"
    summary = "conditional normalizing flow (Glow's steps, bounded scales), trained by its exact log-likelihood"
    sampling_options = ("temperature",)

    temperature: float = 0.9
    """Standard deviation of the noise that is sampled from; the likelihood is that of 1."""

    def __post_init__(self) -> None:
        self._check_range("temperature", 10)

    def recipe(self) -> Recipe:
        """Return how the method is trained, which is with pairs of its own number."""
        size = SIZES[self.size]
        return replace(size, batch=size.flow_batch)

    def _multiple(self, side: int) -> int:
        return int(2 ** SIZES[self.size].levels)

    def require(self, task: Task) -> None:
        """Raise `Unsupported` for inpainting as well: a flow has a density in all values, known pixels have none."""
        if task.space.kind == "images" and "mask" in task.examples("test")[0].condition:
            raise Unsupported(f"{self.name} has a density of whole images; {task.name} leaves a hole open")
        super().require(task)

    def make_network(self, task: Task) -> Model:
        """Return form and flow."""
        from benchbench_likelihood.cflow import FlowModel

        return FlowModel(task, SIZES[self.size], self.temperature)


METHODS = (Cvae, Cflow)
