"""`sngan` (Miyato et al., ICLR 2018)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from benchbench.core import Task
from benchbench.training import Engine

from benchbench_gans.methods.adversarial import Adversarial, Changes, Networks

if TYPE_CHECKING:
    from benchbench_gans.objectives import Objective


@dataclass
class Sngan(Adversarial):
    """SNGAN: each weight of the discriminator is divided by its largest singular value; hinge loss."""

    name = "sngan"
    summary = "GAN with a spectrally normalized discriminator and hinge loss"
    source = "Miyato et al., ICLR 2018 (arXiv 1802.05957)"
    networks: ClassVar[Networks] = {"points": "perceptron", "small": "compact", "paper": "resnet"}
    changes: ClassVar[Changes] = {
        "points": {"betas": (0.0, 0.9), "norm": "spectral", "discriminator_rate": 4e-3},
        "small": {"betas": (0.0, 0.9), "norm": "spectral"},
        "paper": {"critic_updates": 5, "betas": (0.0, 0.9), "latent": 128, "width": 128, "norm": "spectral"},
    }

    def make_objective(self, task: Task, engine: Engine) -> Objective:
        """Return the hinge losses."""
        del task, engine
        from benchbench_gans.losses import hinge
        from benchbench_gans.objectives import OfValues

        return OfValues(hinge.discriminator_loss, hinge.generator_loss)
