"""`wgan` (Arjovsky et al., ICML 2017) and `wgan-gp` (Gulrajani et al., NIPS 2017)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from benchbench.core import Task
from benchbench.training import Engine

from benchbench_gans.methods.adversarial import Adversarial, Changes, Networks
from benchbench_gans.recipes import Setting

if TYPE_CHECKING:
    from benchbench_gans.objectives import Objective

CLIPS: dict[Setting, float] = {"points": 0.03, "small": 0.05, "paper": 0.01}
PENALTIES: dict[Setting, float] = {"points": 0.1, "small": 10.0, "paper": 10.0}


@dataclass
class Wgan(Adversarial):
    """WGAN: the critic's weights are clipped, so that its slope is bounded."""

    name = "wgan"
    summary = "Wasserstein GAN whose critic is bounded by clipping its weights"
    source = "Arjovsky, Chintala & Bottou, ICML 2017 (arXiv 1701.07875)"
    version = 2
    changes: ClassVar[Changes] = {
        "points": {"optimizer": "rmsprop", "critic_updates": 5, "discriminator_rate": 5e-4, "waves": 32},
        "small": {"optimizer": "rmsprop", "critic_updates": 3, "generator_rate": 5e-4, "discriminator_rate": 5e-4},
        "paper": {"optimizer": "rmsprop", "critic_updates": 5, "generator_rate": 5e-5, "discriminator_rate": 5e-5},
    }

    clip: float | None = None
    """The critic's weights are held within ± this number; default: 0.01 (paper), 0.05 (small), 0.03 (points)."""

    def make_objective(self, task: Task, engine: Engine) -> Objective:
        """Return the critic's losses."""
        del engine
        from benchbench_gans.losses import wasserstein
        from benchbench_gans.objectives import OfValues

        clip = CLIPS[self.setting(task)] if self.clip is None else self.clip
        return OfValues(wasserstein.critic_loss, wasserstein.generator_loss, clip=clip)


@dataclass
class WganGp(Adversarial):
    """WGAN-GP: the critic's slope is drawn to 1 between real and generated samples; it has no batch norm."""

    name = "wgan-gp"
    summary = "Wasserstein GAN whose critic's slope is drawn to 1 by a penalty"
    source = "Gulrajani et al., NIPS 2017 (arXiv 1704.00028)"
    networks: ClassVar[Networks] = {"points": "perceptron", "small": "compact", "paper": "wgan_gp"}
    changes: ClassVar[Changes] = {
        "points": {"waves": 32},
        "small": {"critic_updates": 3, "betas": (0.0, 0.9), "norm": "none"},
        "paper": {
            "num_steps": 200_000,
            "critic_updates": 5,
            "generator_rate": 1e-4,
            "discriminator_rate": 1e-4,
            "betas": (0.5, 0.9),
            "latent": 128,
            "width": 128,
            "norm": "none",
        },
    }

    penalty_weight: float | None = None
    """Of the gradient penalty; default: 10, for points 0.1."""

    def make_objective(self, task: Task, engine: Engine) -> Objective:
        """Return the critic's losses with the penalty."""
        del engine
        from benchbench_gans.losses import wasserstein
        from benchbench_gans.objectives import OfValues

        weight = PENALTIES[self.setting(task)] if self.penalty_weight is None else self.penalty_weight
        return OfValues(wasserstein.critic_loss, wasserstein.generator_loss, penalty_weight=weight)
