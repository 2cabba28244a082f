"""What the methods share: the tasks, the options that apply to all of them, and one trainer."""

from __future__ import annotations

import dataclasses
from abc import abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from benchbench.core import BenchbenchError, Task, Unsupported
from benchbench.training import Engine, Trainer

from benchbench_gans.methods.sized import Changes, Networks, Sized
from benchbench_gans.recipes import Recipe

if TYPE_CHECKING:
    from torch import nn

    from benchbench_gans.networks import Generator, Sizes
    from benchbench_gans.objectives import Objective

__all__ = ["Adversarial", "Changes", "Networks", "num_classes"]

UNROLLED_RATE = 1 / 4
"""On points, the discriminator's rate where it is looked ahead of, over its rate otherwise."""


@dataclass
class Adversarial(Sized):
    """A generator against a discriminator; where there are classes, both are given the label."""

    checkpoints = Path(__file__).parent.parent / "checkpoints"

    networks: ClassVar[Networks] = {"points": "perceptron", "small": "compact", "paper": "dcgan"}
    law: ClassVar[Literal["normal", "uniform"]] = "normal"
    """Of z."""

    mode_seeking: float = 0.0
    """Weight of the mode-seeking term: the generator is to move its samples as far as its noise is moved."""
    unrolling: int = 0
    """Updates of the discriminator that the generator looks ahead."""
    packing: int = 1
    """Samples, of one class where there are classes, that the discriminator sees at once."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, least in (("unrolling", 0), ("packing", 1)):
            if getattr(self, name) < least:
                raise BenchbenchError(f"{self.name}: {name} is {getattr(self, name)}; write {least} or more")

    def recipe(self, task: Task) -> Recipe:
        """Return the common recipe with the changes of the method, and slower updates where they are looked ahead."""
        recipe = super().recipe(task)
        if not self.unrolling or self.setting(task) != "points":
            return recipe
        return dataclasses.replace(recipe, discriminator_rate=UNROLLED_RATE * recipe.discriminator_rate)

    @abstractmethod
    def make_objective(self, task: Task, engine: Engine) -> Objective:
        """Return what both networks descend."""

    def make_judge(self, task: Task) -> nn.Module:
        """Return the discriminator: values of samples, unless a subclass has another."""
        from benchbench_gans.networks import make_discriminator

        return make_discriminator(self.networks[self.setting(task)], self.sizes(task))

    def make_network(self, task: Task) -> Generator:
        """Return the generator."""
        from benchbench_gans.networks import make_generator

        return make_generator(self.networks[self.setting(task)], self.sizes(task), self.law)

    def sizes(self, task: Task) -> Sizes:
        """Return what its networks are built for."""
        from benchbench_gans.networks import Sizes

        recipe = self.recipe(task)
        return Sizes(
            shape=task.space.shape,
            latent=recipe.latent,
            width=recipe.width,
            num_classes=num_classes(task),
            packing=self.packing,
            code=recipe.code,
            norm=recipe.norm,
            waves=recipe.waves,
        )

    def require(self, task: Task) -> None:
        """Raise `Unsupported` with the reason where the networks do not fit the task."""
        super().require(task)
        if task.kind == "class-conditional" and "label" not in task.examples("test")[0].condition:
            raise Unsupported(f"{self.name} needs a label as condition; {task.name} gives none")

    def trainer(self, task: Task, engine: Engine, steps: int | None = None) -> Trainer:
        """Return the trainer, which is the same for all methods."""
        self.require(task)
        from benchbench_gans.plan import Plan
        from benchbench_gans.training import AdversarialTrainer

        recipe = self.recipe(task)
        plan = Plan(
            make_generator=lambda: self.make_network(task),
            make_judge=lambda: self.make_judge(task),
            objective=self.make_objective(task, engine),
            recipe=recipe if steps is None else dataclasses.replace(recipe, num_steps=steps),
            mode_seeking=self.mode_seeking,
            unrolling=self.unrolling,
            packing=self.packing,
        )
        return AdversarialTrainer(plan, task, engine)


def num_classes(task: Task) -> int:
    """Return the number of classes of a task, as its test conditions have them; 0 where it has none."""
    if task.kind != "class-conditional":
        return 0
    return 1 + max(int(example.condition["label"]) for example in task.examples("test"))
