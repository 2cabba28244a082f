"""`cgan`: a GAN that is given the class (Mirza & Osindero, 2014)."""

from __future__ import annotations

from dataclasses import dataclass

from benchbench_gans.methods.gan import Logistic


@dataclass
class Cgan(Logistic):
    """cGAN: the label is beside z in the generator, and as channels beside the image in the discriminator."""

    name = "cgan"
    summary = "class-conditional GAN: both networks are given the label"
    source = "Mirza & Osindero, 2014 (arXiv 1411.1784)"
    kinds = ("class-conditional",)
