"""The methods, one or two a file: their options, networks and numbers; nothing heavy is imported here."""

from __future__ import annotations

from benchbench_gans.methods.ac_gan import AcGan
from benchbench_gans.methods.adversarial import Adversarial
from benchbench_gans.methods.began import Began
from benchbench_gans.methods.cgan import Cgan
from benchbench_gans.methods.ebgan import Ebgan, EbganPt
from benchbench_gans.methods.fgan import FGan
from benchbench_gans.methods.gan import Dcgan, Gan
from benchbench_gans.methods.lsgan import Lsgan
from benchbench_gans.methods.mmd_gan import MmdGan
from benchbench_gans.methods.sngan import Sngan
from benchbench_gans.methods.wgan import Wgan, WganGp

METHODS: tuple[type[Adversarial], ...] = (
    Gan,
    Dcgan,
    Lsgan,
    Wgan,
    WganGp,
    Sngan,
    FGan,
    MmdGan,
    Ebgan,
    EbganPt,
    Began,
    Cgan,
    AcGan,
)

__all__ = [
    "METHODS",
    "AcGan",
    "Adversarial",
    "Began",
    "Cgan",
    "Dcgan",
    "Ebgan",
    "EbganPt",
    "FGan",
    "Gan",
    "Lsgan",
    "MmdGan",
    "Sngan",
    "Wgan",
    "WganGp",
]
