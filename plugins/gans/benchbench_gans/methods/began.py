"""`began` (Berthelot, Schumm & Metz, 2017)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from benchbench.core import BenchbenchError, Task
from benchbench.training import Engine

from benchbench_gans.methods.adversarial import Adversarial, Changes, Networks
from benchbench_gans.recipes import Setting

if TYPE_CHECKING:
    from torch import nn

    from benchbench_gans.objectives import Objective

K_RATES: dict[Setting, float] = {"points": 0.02, "small": 0.001, "paper": 0.001}
"""Energies of points are small, and so would be the steps of k."""


@dataclass
class Began(Adversarial):
    """BEGAN: an autoencoder judges, and the energies of both kinds of samples are kept in the ratio gamma."""

    name = "began"
    summary = "boundary equilibrium GAN: an autoencoder judges, held at a ratio of errors"
    source = "Berthelot, Schumm & Metz, 2017 (arXiv 1703.10717)"
    networks: ClassVar[Networks] = {"points": "perceptron", "small": "compact", "paper": "began"}
    law = "uniform"
    changes: ClassVar[Changes] = {
        "points": {"generator_rate": 3e-4, "discriminator_rate": 5e-4, "code": 1},
        "small": {
            "num_steps": 3000,
            "batch": 16,
            "generator_rate": 2e-4,
            "discriminator_rate": 2e-4,
            "code": 32,
            "norm": "none",
        },
        "paper": {
            "num_steps": 500_000,
            "batch": 16,
            "generator_rate": 8e-5,
            "discriminator_rate": 8e-5,
            "latent": 64,
            "code": 64,
            "halved_every": 100_000,
            "norm": "none",
        },
    }

    gamma: float = 0.5
    """Error of generated samples over that of real ones, which is held; less is sharper, and less diverse."""
    k_rate: float | None = None
    """By how much of the imbalance the weight k of generated samples moves a step; default: 0.001, for points 0.02."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.gamma <= 1:
            raise BenchbenchError(f"{self.name}: gamma is {self.gamma}; write a number above 0, up to 1")

    def make_objective(self, task: Task, engine: Engine) -> Objective:
        """Return the losses of the equilibrium."""
        from benchbench_gans.objectives import Equilibrium

        rate = K_RATES[self.setting(task)] if self.k_rate is None else self.k_rate
        objective: Objective = Equilibrium(self.gamma, rate, engine.world_size).to(engine.device)
        return objective

    def make_judge(self, task: Task) -> nn.Module:
        """Return the autoencoder."""
        from benchbench_gans.networks import make_autoencoder

        return make_autoencoder(self.networks[self.setting(task)], self.sizes(task))
