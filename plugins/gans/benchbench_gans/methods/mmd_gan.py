"""`mmd-gan` (Li et al., NIPS 2017; Bińkowski et al., ICLR 2018)."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from benchbench.core import Task
from benchbench.training import Engine

from benchbench_gans.methods.adversarial import Adversarial, Changes
from benchbench_gans.recipes import Setting

if TYPE_CHECKING:
    from torch import nn

    from benchbench_gans.objectives import Objective

FEATURES = 16
PENALTIES: dict[Setting, float] = {"points": 0.1, "small": 1.0, "paper": 1.0}


@dataclass
class MmdGan(Adversarial):
    """MMD-GAN: the kernel discrepancy of the discriminator's features, of which there are 16."""

    name = "mmd-gan"
    summary = "GAN of the maximum mean discrepancy of learned features"
    source = "Li et al., NIPS 2017 (arXiv 1705.08584); Bińkowski et al., ICLR 2018 (arXiv 1801.01401)"
    changes: ClassVar[Changes] = {
        "points": {"waves": 32},
        "small": {"critic_updates": 2, "betas": (0.5, 0.9), "norm": "none"},
        "paper": {
            "num_steps": 150_000,
            "critic_updates": 5,
            "generator_rate": 1e-4,
            "discriminator_rate": 1e-4,
            "betas": (0.5, 0.9),
            "latent": 128,
            "norm": "none",
        },
    }

    kernel: Literal["rational-quadratic", "gaussian"] = "rational-quadratic"
    """Of the features."""
    penalty_weight: float | None = None
    """Of the gradient penalty on the witness function; default: 1, for points 0.1."""

    def make_objective(self, task: Task, engine: Engine) -> Objective:
        """Return the discrepancy of the features."""
        del engine
        from benchbench_gans.losses.kernels import KERNELS
        from benchbench_gans.objectives import OfFeatures

        weight = PENALTIES[self.setting(task)] if self.penalty_weight is None else self.penalty_weight
        return OfFeatures(KERNELS[self.kernel], weight)

    def make_judge(self, task: Task) -> nn.Module:
        """Return the discriminator, of features."""
        from benchbench_gans.networks import make_discriminator

        sizes = dataclasses.replace(self.sizes(task), outputs=FEATURES)
        return make_discriminator(self.networks[self.setting(task)], sizes)
