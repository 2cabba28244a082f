"""The methods: the paper's objectives with their options; nothing heavy is imported here."""

from __future__ import annotations

import dataclasses
import math
from abc import abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from benchbench.core import BenchbenchError, Task, Trainer, Unsupported
from benchbench.core.engine import Engine
from benchbench.training.method import TrainedMethod, require_images

from benchbench_bicyclegan.terms import Terms

if TYPE_CHECKING:
    from benchbench_bicyclegan.networks import Design, Networks

SIDES = {"small": (8, 16, 32, 64, 128), "paper": (64, 128, 256)}
"""Of the images that the networks of each size take, in pixels."""
KL_WEIGHTS = {"small": 0.05, "paper": 0.01}


@dataclass
class TranslationGan(TrainedMethod):
    """What the five methods share: networks and options."""

    checkpoints = Path(__file__).parent / "checkpoints"
    version = 2

    size: Literal["small", "paper"] = "small"
    """`paper`: the networks and the training of the paper. `small`: for 8 to 128 px, minutes on a CPU core up to 64."""
    encoder: Literal["resnet", "cnn"] = "resnet"
    injection: Literal["all", "released", "input"] = "all"
    """Where z enters the generator: at every convolution of its encoder, after the LeakyReLU (`all`) or before it, as
    in the authors' code (`released`); or at the first convolution alone (`input`)."""
    latent: int = 8
    """Dimensions of z."""
    conditional_discriminator: bool = False
    """The discriminators see the condition too, which they do not in the paper."""
    average: float | None = None
    """Decay of the moving average of the weights that is sampled from; 0: the last weights; default: 0.999 where
    small, 0 in the paper's size."""

    def __post_init__(self) -> None:
        if self.average is not None and not 0 <= self.average < 1:
            raise BenchbenchError(f"{self.name}: average is {self.average}: write a decay from 0 to below 1")
        if self.latent < 1:
            raise BenchbenchError(f"{self.name}: latent is {self.latent}; write 1 or more dimensions")
        for name, value in self.options().items():
            if name.endswith("_weight") and value is not None and not 0 <= value < math.inf:
                raise BenchbenchError(f"{self.name}: {name} is {value}: a weight is a number of 0 or more")

    @abstractmethod
    def terms(self) -> Terms:
        """Return what the objective is made of."""

    def require(self, task: Task) -> None:
        """Raise `Unsupported` where the networks do not take the task's conditions and give its samples."""
        side = require_images(task, self.name, "translation", channels=(1, 3))
        if side not in SIDES[self.size]:
            sides = ", ".join(map(str, SIDES[self.size]))
            raise Unsupported(
                f"the {self.size} networks take square images of {sides} px; those of {task.name} are {side} x {side}"
            )

    def make_network(self, task: Task) -> Networks:
        """Return generator and encoder."""
        from benchbench_bicyclegan.networks import make_networks

        return make_networks(self.design(task))

    def trainer(self, task: Task, engine: Engine, steps: int | None = None) -> Trainer:
        """Return the trainer, which is the same for all methods; `steps`: in the place of the size's own number."""
        self.require(task)
        from benchbench_bicyclegan.training import HybridTrainer

        return HybridTrainer(self.design(task, steps), self.terms(), task, engine)

    def design(self, task: Task, steps: int | None = None) -> Design:
        """Return what the networks for a task are made by; its size has the steps of a training, or those given."""
        from benchbench_bicyclegan.networks import Design
        from benchbench_bicyclegan.sizes import SIZES, num_steps

        size = SIZES[self.size]
        total = steps or num_steps(self.size, task.name, len(task.examples("train")))
        channels, side = task.examples("test")[0].condition["image"].shape[:2]
        return Design(
            dataclasses.replace(size, num_steps=total, average=size.average if self.average is None else self.average),
            channels,
            side,
            self.latent,
            self.injection,
            self.encoder,
            self.conditional_discriminator,
        )


@dataclass
class CaeGan(TranslationGan):
    """cAE-GAN: the latent vector is the encoder's, deterministic, and follows no law that could be drawn from."""

    name = "cae-gan"
    summary = "conditional autoencoder GAN: z = E(B), whose law nothing constrains; sampled from N(0, I) all the same"
    source = "Zhu et al., NIPS 2017 (arXiv 1711.11586)"

    reconstruction_weight: float = 10.0
    """Of |B - G(A, E(B))|."""

    def terms(self) -> Terms:
        """Return the adversarial and the reconstruction loss of z = E(B)."""
        return Terms(encoded=True, sampled=False, reconstruction_weight=self.reconstruction_weight)


@dataclass
class CvaeGan(TranslationGan):
    """cVAE-GAN: z is drawn from the encoder's normal law, which the divergence draws to N(0, I)."""

    name = "cvae-gan"
    summary = "conditional variational autoencoder GAN: z ~ E(B), drawn to N(0, I)"
    source = "Zhu et al., NIPS 2017 (arXiv 1711.11586), equation 6"

    reconstruction_weight: float = 10.0
    """Of |B - G(A, E(B))|."""
    kl_weight: float | None = None
    """Of the divergence of E(B) from N(0, I); default: 0.05 (small) or 0.01 (paper)."""

    def terms(self) -> Terms:
        """Return the adversarial and the reconstruction loss of z ~ E(B), and the divergence."""
        kl_weight = KL_WEIGHTS[self.size] if self.kl_weight is None else self.kl_weight
        return Terms(encoded=True, sampled=True, reconstruction_weight=self.reconstruction_weight, kl_weight=kl_weight)


@dataclass
class CvaeGanPlus(CvaeGan):
    """cVAE-GAN++: a second discriminator judges G(A, z) of z ~ N(0, I) as well."""

    name = "cvae-gan++"
    summary = "cVAE-GAN whose samples of z ~ N(0, I) a second discriminator judges"
    source = "Zhu et al., NIPS 2017 (arXiv 1711.11586)"

    def terms(self) -> Terms:
        """Return those of cVAE-GAN and the adversarial loss of z ~ N(0, I)."""
        return dataclasses.replace(super().terms(), random=True)


@dataclass
class ClrGan(TranslationGan):
    """cLR-GAN: z ~ N(0, I) is to be found again in G(A, z); nothing draws the output to B."""

    name = "clr-gan"
    summary = "conditional latent regressor GAN: z ~ N(0, I) is to be found again in the output"
    source = "Zhu et al., NIPS 2017 (arXiv 1711.11586), equation 8"

    latent_weight: float = 0.5
    """Of |z - E(G(A, z))|."""

    def terms(self) -> Terms:
        """Return the adversarial loss of z ~ N(0, I) and the latent regression, of generator and encoder."""
        return Terms(random=True, latent="both", latent_weight=self.latent_weight)


@dataclass
class BicycleGan(CvaeGanPlus):
    """BicycleGAN (Zhu et al., NIPS 2017): cVAE-GAN++ and cLR-GAN at once; the latent regression updates G alone."""

    name = "bicyclegan"
    summary = "BicycleGAN: cVAE-GAN and latent regression at once"
    source = "Zhu et al., NIPS 2017 (arXiv 1711.11586), equation 9"

    latent_weight: float = 0.5
    """Of |z - E(G(A, z))|."""

    def terms(self) -> Terms:
        """Return those of cVAE-GAN++, and the latent regression of the generator alone."""
        return dataclasses.replace(super().terms(), latent="generator", latent_weight=self.latent_weight)


FAMILY: tuple[type[TranslationGan], ...] = (CaeGan, CvaeGan, CvaeGanPlus, ClrGan, BicycleGan)
