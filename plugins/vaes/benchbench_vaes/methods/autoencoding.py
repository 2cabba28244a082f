"""What the methods share: encoder and decoder, and one trainer."""

from __future__ import annotations

import dataclasses
import functools
from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from benchbench.core import BenchbenchError, Task, Unsupported
from benchbench.training import Engine, Trainer
from benchbench_gans.methods.sized import Sized
from benchbench_gans.recipes import Recipe, Setting

from benchbench_vaes.recipes import RECIPES

if TYPE_CHECKING:
    from benchbench_gans.networks import Sizes
    from torch import nn

    from benchbench_vaes.networks import Autoencoder
    from benchbench_vaes.networks.families import Name
    from benchbench_vaes.objectives import Objective
    from benchbench_vaes.objectives.objective import Error

Networks = Mapping[Setting, "Name"]
"""The family of networks by setting."""
CODE_WIDTH = 128
"""Units of a layer of the classifiers of codes."""


@dataclass
class Autoencoding(Sized):
    """An encoder and a decoder, whose prior is N(0, I): to sample is to decode noise."""

    checkpoints = Path(__file__).parent.parent / "checkpoints"
    kinds = ("points", "unconditional")
    recipes = RECIPES
    networks: ClassVar[Networks] = {"points": "perceptron", "small": "compact", "paper": "dcgan"}

    latent: int | None = None
    """Dimensions of the code; default: see the recipes."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.latent is not None and self.latent < 1:
            raise BenchbenchError(f"{self.name}: latent is {self.latent}; write 1 or more dimensions")

    @property
    def gaussian(self) -> bool:
        """Whether the encoder gives a normal law, not a point."""
        return True

    @abstractmethod
    def make_objective(self, task: Task, engine: Engine, num_steps: int) -> Objective:
        """Return the updates of a step."""

    def judges(self, task: Task) -> Mapping[str, Callable[[], nn.Module]]:
        """Return what makes the classifiers, by the names that the objective has for them; there are none here."""
        del task
        return {}

    def make_network(self, task: Task) -> Autoencoder:
        """Return encoder and decoder."""
        from benchbench_vaes.networks import make_autoencoder

        return make_autoencoder(self.networks[self.setting(task)], self.sizes(task), self.gaussian)

    def recipe(self, task: Task) -> Recipe:
        """Return the common recipe with the changes of the method and the dimensions that are asked for."""
        found = super().recipe(task)
        return found if self.latent is None else dataclasses.replace(found, latent=self.latent)

    def sizes(self, task: Task) -> Sizes:
        """Return what its networks are built for."""
        from benchbench_gans.networks import Sizes

        recipe = self.recipe(task)
        return Sizes(shape=task.space.shape, latent=recipe.latent, width=recipe.width, norm=recipe.norm)

    def trainer(self, task: Task, engine: Engine, steps: int | None = None) -> Trainer:
        """Return the trainer, which is the same for all methods."""
        self.require(task)
        from benchbench_vaes.plan import Plan
        from benchbench_vaes.training import HybridTrainer

        recipe = self.recipe(task)
        recipe = recipe if steps is None else dataclasses.replace(recipe, num_steps=steps)
        plan = Plan(
            make_autoencoder=lambda: self.make_network(task),
            make_judges=self.judges(task),
            objective=self.make_objective(task, engine, recipe.num_steps).to(engine.device),
            recipe=recipe,
        )
        return HybridTrainer(plan, task, engine)


@dataclass
class Reconstructing(Autoencoding):
    """A method with an error of reconstructions in the space of samples."""

    deviations: ClassVar[Mapping[Setting, float]] = {"points": 0.05, "small": 0.3, "paper": 1.0}

    error: Literal["gaussian", "bernoulli"] = "gaussian"
    """Σ (x - x̂)² / 2σ², or Bernoulli's negative log likelihood of values taken as 0 to 1 (images)."""
    deviation: float | None = None
    """σ of the decoder's normal law; default by setting."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.deviation == 0:
            raise BenchbenchError(f"{self.name}: deviation is 0; write a number above 0")

    def require(self, task: Task) -> None:
        """Raise `Unsupported` with the reason where networks or error do not fit the task."""
        super().require(task)
        if self.error == "bernoulli" and task.space.kind == "points":
            raise Unsupported(f"{self.name}[error=bernoulli] is of images; those of {task.name} are points")

    def make_error(self, task: Task) -> Error:
        """Return the function of samples and reconstructions."""
        from benchbench_vaes.losses.errors import bernoulli_error, squared_error

        if self.error == "bernoulli":
            return bernoulli_error
        deviation = self.deviations[self.setting(task)] if self.deviation is None else self.deviation
        return functools.partial(squared_error, deviation=deviation)
