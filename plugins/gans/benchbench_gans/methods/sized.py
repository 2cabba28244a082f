"""What methods without a condition image share: the tasks, the two sizes, and the recipe of each; no torch here."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from benchbench.core import BenchbenchError, Task, Unsupported
from benchbench.training import TrainedMethod

from benchbench_gans.recipes import RECIPES, Recipe, Setting

if TYPE_CHECKING:
    from benchbench_gans.networks.families import Name

Networks = Mapping[Setting, "Name"]
"""The family of networks by setting."""
Changes = Mapping[Setting, Mapping[str, Any]]
"""What of the common recipe is otherwise, by setting."""
SIDES = (16, 32, 64, 128)
"""Of the images that the networks take, in pixels."""
KINDS = ("points", "unconditional", "class-conditional")


@dataclass
class Sized(TrainedMethod):
    """A method of points and square images, in two sizes."""

    kinds: ClassVar[tuple[str, ...]] = KINDS
    """Of the tasks that it serves."""
    sides: ClassVar[tuple[int, ...]] = SIDES
    """Of the images that it serves, in pixels."""
    recipes: ClassVar[Mapping[Setting, Recipe]] = RECIPES
    """The common recipes."""
    changes: ClassVar[Changes] = {}
    """What of the common recipe it has otherwise."""

    size: Literal["small", "paper"] = "small"
    """Of the networks for images: `paper`, those of the paper; `small`, for minutes on a CPU core."""

    def __post_init__(self) -> None:
        for name, value in self.options().items():
            if isinstance(value, float) and not 0 <= value < math.inf:
                raise BenchbenchError(f"{self.name}: {name} is {value}; write a number of 0 or more")

    def setting(self, task: Task) -> Setting:
        """Return by which recipe and networks it serves the task."""
        return "points" if task.space.kind == "points" else self.size

    def recipe(self, task: Task) -> Recipe:
        """Return the common recipe with the changes of the method."""
        setting = self.setting(task)
        return dataclasses.replace(self.recipes[setting], **self.changes.get(setting, {}))

    def require(self, task: Task) -> None:
        """Raise `Unsupported` with the reason where the networks do not fit the task."""
        if task.kind not in self.kinds:
            raise Unsupported(f"{self.name} serves {', '.join(self.kinds)}; {task.name} is of kind {task.kind}")
        if task.space.kind == "images" and task.space.shape not in [(3, side, side) for side in self.sides]:
            given = " x ".join(map(str, task.space.shape[1:]))
            sides = ", ".join(map(str, self.sides))
            raise Unsupported(f"{self.name} takes square images of {sides} px; those of {task.name} are {given}")
