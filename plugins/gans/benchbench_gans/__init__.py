"""Unconditional and class-conditional GANs as benchbench methods; importing this imports no torch."""

from __future__ import annotations

from collections.abc import Iterable

from benchbench import hookimpl
from benchbench.core import Method

from benchbench_gans.methods import (
    METHODS,
    AcGan,
    Began,
    Cgan,
    Dcgan,
    Ebgan,
    EbganPt,
    FGan,
    Gan,
    Lsgan,
    MmdGan,
    Sngan,
    Wgan,
    WganGp,
)

__all__ = [
    "AcGan",
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
    "benchbench_methods",
]


@hookimpl
def benchbench_methods() -> Iterable[type[Method]]:
    """Register the methods."""
    return METHODS
