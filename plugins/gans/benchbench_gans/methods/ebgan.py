"""`ebgan` and `ebgan-pt` (Zhao, Mathieu & LeCun, ICLR 2017)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from benchbench.core import Task
from benchbench.training import Engine

from benchbench_gans.methods.adversarial import Adversarial, Changes, Networks
from benchbench_gans.recipes import Setting

if TYPE_CHECKING:
    from torch import nn

    from benchbench_gans.objectives import Objective

MARGINS: dict[Setting, float] = {"points": 0.2, "small": 0.3, "paper": 0.5}


@dataclass
class Ebgan(Adversarial):
    """EBGAN: the discriminator is an autoencoder, and its mean squared error the energy of a sample."""

    name = "ebgan"
    summary = "energy-based GAN: the discriminator is an autoencoder"
    source = "Zhao, Mathieu & LeCun, ICLR 2017 (arXiv 1609.03126)"
    networks: ClassVar[Networks] = {"points": "perceptron", "small": "compact", "paper": "ebgan"}
    changes: ClassVar[Changes] = {
        "small": {"norm": "none"},
        "paper": {"generator_rate": 1e-3, "discriminator_rate": 1e-3},
    }

    margin: float | None = None
    """Energy above which a generated sample is left alone; default: 0.2 (points), 0.3 (small), 0.5 (paper)."""

    def make_objective(self, task: Task, engine: Engine) -> Objective:
        """Return the margin losses, and the pulling-away term where there is one."""
        del engine
        from benchbench_gans.objectives import OfEnergies

        margin = MARGINS[self.setting(task)] if self.margin is None else self.margin
        return OfEnergies(margin, getattr(self, "pulling_weight", 0.0))

    def make_judge(self, task: Task) -> nn.Module:
        """Return the autoencoder."""
        from benchbench_gans.networks import make_autoencoder

        return make_autoencoder(self.networks[self.setting(task)], self.sizes(task))


@dataclass
class EbganPt(Ebgan):
    """EBGAN-PT: the codes of generated samples are pulled away from one another."""

    name = "ebgan-pt"
    summary = "energy-based GAN whose generated samples are to have orthogonal codes"
    source = "Zhao, Mathieu & LeCun, ICLR 2017 (arXiv 1609.03126)"

    pulling_weight: float = 0.1
    """Of the mean squared cosine of the codes, in the generator's loss."""
