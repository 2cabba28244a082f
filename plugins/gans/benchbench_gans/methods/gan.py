"""`gan`, the first (Goodfellow et al., NIPS 2014), and `dcgan`, its convolutional form (Radford et al., ICLR 2016)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from benchbench.core import Task
from benchbench.training import Engine

from benchbench_gans.methods.adversarial import Adversarial, Changes, Networks

if TYPE_CHECKING:
    from benchbench_gans.objectives import Objective


@dataclass
class Logistic(Adversarial):
    """The discriminator's values are logits of being real."""

    loss: Literal["non-saturating", "minimax"] = "non-saturating"
    """Of the generator: -E log D(G(z)), or E log(1 - D(G(z)))."""

    def make_objective(self, task: Task, engine: Engine) -> Objective:
        """Return the logistic losses."""
        del task, engine
        from benchbench_gans.losses import logistic
        from benchbench_gans.objectives import OfValues

        losses = {"non-saturating": logistic.non_saturating_loss, "minimax": logistic.minimax_loss}
        return OfValues(logistic.discriminator_loss, losses[self.loss])


@dataclass
class Gan(Logistic):
    """GAN: perceptrons, of points or of images as rows of pixels."""

    name = "gan"
    summary = "GAN (2014): two perceptrons, logistic losses"
    source = "Goodfellow et al., NIPS 2014 (arXiv 1406.2661)"
    kinds = ("points", "unconditional")
    networks: ClassVar[Networks] = {"points": "perceptron", "small": "perceptron", "paper": "perceptron"}
    changes: ClassVar[Changes] = {
        "small": {"width": 256, "batch": 64, "generator_rate": 5e-4, "discriminator_rate": 2e-4},
        "paper": {"width": 1200, "batch": 100},
    }


@dataclass
class Dcgan(Logistic):
    """DCGAN: convolutions with batch norm; images only."""

    name = "dcgan"
    summary = "DCGAN: convolutional networks with batch norm, logistic losses"
    source = "Radford, Metz & Chintala, ICLR 2016 (arXiv 1511.06434)"
    kinds = ("unconditional",)
