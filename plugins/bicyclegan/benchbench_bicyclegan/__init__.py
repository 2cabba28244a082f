"""The BicycleGAN family as benchbench methods; importing this imports no torch."""

from __future__ import annotations

from collections.abc import Iterable

from benchbench import hookimpl
from benchbench.core import Method

from benchbench_bicyclegan.methods import FAMILY, BicycleGan, CaeGan, ClrGan, CvaeGan, CvaeGanPlus

__all__ = ["BicycleGan", "CaeGan", "ClrGan", "CvaeGan", "CvaeGanPlus", "benchbench_methods"]


@hookimpl
def benchbench_methods() -> Iterable[type[Method]]:
    """Register the methods."""
    return FAMILY
