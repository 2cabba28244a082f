"""`aae` (Makhzani et al., 2016)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from benchbench.core import Task
from benchbench.training import Engine
from benchbench_gans.methods.sized import Changes

from benchbench_vaes.methods.autoencoding import CODE_WIDTH, Networks, Reconstructing

if TYPE_CHECKING:
    from torch import nn

    from benchbench_vaes.objectives import Objective


@dataclass
class Aae(Reconstructing):
    """AAE: a classifier of codes stands in the place of the divergence."""

    name = "aae"
    summary = "adversarial autoencoder: a classifier holds the codes to the prior"
    source = "Makhzani et al., 2016 (arXiv 1511.05644)"
    networks: ClassVar[Networks] = {"points": "perceptron", "small": "compact", "paper": "perceptron"}
    changes: ClassVar[Changes] = {"paper": {"latent": 8, "width": 1000, "batch": 100}}

    encoder: Literal["deterministic", "gaussian"] = "deterministic"
    """Whether the code is a function of the sample, or drawn from a normal law."""
    adversarial_weight: float = 1.0
    """Of the loss by which codes pass for the prior's."""

    @property
    def gaussian(self) -> bool:
        """Whether the encoder gives a normal law, not a point."""
        return self.encoder == "gaussian"

    def make_objective(self, task: Task, engine: Engine, num_steps: int) -> Objective:
        """Return the three updates."""
        del engine, num_steps
        from benchbench_vaes.objectives import AdversarialCodes

        return AdversarialCodes(self.make_error(task), self.adversarial_weight)

    def judges(self, task: Task) -> Mapping[str, Callable[[], nn.Module]]:
        """Return what makes the classifier of codes."""
        return {"code_judge": lambda: code_judge(self, task)}


def code_judge(method: Reconstructing, task: Task) -> nn.Module:
    """Return the classifier of codes, a perceptron; in the size of the paper as wide as the networks."""
    from benchbench_vaes.networks import make_code_judge

    recipe = method.recipe(task)
    return make_code_judge(recipe.latent, max(CODE_WIDTH, recipe.width))
