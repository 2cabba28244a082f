"""GANs with noise whose samples are asked to differ: MSGAN, DSGAN and rcGAN on the networks of this plugin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from benchbench.core import Task

from benchbench_mrgan import bases, recipes
from benchbench_mrgan.methods import Trained
from benchbench_mrgan.recipes import Base, Recipe, Spreading

Kind = Literal["mode-seeking", "diversity-sensitive", "deviation"]


@dataclass
class _Spreading(Trained):
    """A baseline with one more loss, on samples of one input."""

    kind: ClassVar[Kind]

    base: Literal["auto", "pix2pix", "srgan", "glcic", "mlp"] = "auto"
    """The base network; `auto`: by the task's kind, translation, super-resolution, inpainting or points."""
    adversarial_weight: float = 1.0
    """Weight of the adversarial loss."""
    reconstruction_weight: float | None = None
    """Weight of the reconstruction loss; default: that of base and size."""
    num_samples: int = 2
    """Samples of each input in a training step."""
    average: float | None = None
    """Decay of the moving average of the weights that is sampled from; 0: the last weights; default: 0.999 where
    small, 0 in the paper's size."""

    def base_for(self, task: Task) -> Base:
        """Return the base that was asked for, or the one for tasks of this kind."""
        return bases.base_for(self.base, task)

    def recipe(self, task: Task) -> Recipe:
        """Return the baseline's losses, and the one that asks for samples to differ."""
        plain = recipes.changed(
            recipes.baseline(self.base_for(task), self.size, task.name),
            adversarial_weight=self.adversarial_weight,
            reconstruction_weight=self.reconstruction_weight,
            average=self.average,
        )
        return recipes.spreading(plain, self.spreading(), self.num_samples)

    def spreading(self) -> Spreading:
        """Return the loss that asks for samples to differ."""
        raise NotImplementedError


@dataclass
class Msgan(_Spreading):
    """MSGAN (Mao et al. 2019): differences of images are to be large beside differences of noise."""

    name = "msgan"
    summary = "GAN with noise, reconstruction and the mode-seeking loss: rewards spread without the truth"

    weight: float = 1.0
    """Of the mode-seeking loss."""

    def spreading(self) -> Spreading:
        """Return the mode-seeking loss."""
        return recipes.checked_spreading(Spreading("mode-seeking", self.weight))


@dataclass
class Dsgan(_Spreading):
    """DSGAN (Yang et al. 2019): the same ratio, of each input, as a reward."""

    name = "dsgan"
    summary = "GAN with noise, reconstruction and the diversity-sensitive loss: rewards spread without the truth"

    weight: float = 8.0
    """Of the diversity-sensitive loss."""

    def spreading(self) -> Spreading:
        """Return the diversity-sensitive loss."""
        return recipes.checked_spreading(Spreading("diversity-sensitive", self.weight))


@dataclass
class Rcgan(_Spreading):
    """rcGAN (Bendel et al. 2023): an L1 loss of the mean of samples, less a reward of their deviation."""

    name = "rcgan"
    summary = "GAN with noise, L1 loss of the samples' mean and a deviation reward, whose weight follows validation"

    deviation: Literal["auto", "fixed"] = "auto"
    """`auto`: the reward's weight follows the averaging gain on validation pairs; `fixed`: it stays."""
    weight: float = 1.0
    """Of the deviation reward, where it begins; 1 is right for a normal law."""

    def spreading(self) -> Spreading:
        """Return the deviation reward."""
        return recipes.checked_spreading(Spreading("deviation", self.weight, self.deviation == "auto"))


SPREADING = (Msgan, Dsgan, Rcgan)
