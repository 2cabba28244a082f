"""The BicycleGAN family as benchbench methods; importing this imports no torch."""

from __future__ import annotations

from collections.abc import Iterable

from benchbench import hookimpl
from benchbench.core import Method, Metric

from benchbench_bicyclegan.methods import FAMILY, BicycleGan, CaeGan, ClrGan, CvaeGan, CvaeGanPlus
from benchbench_bicyclegan.reconstruction import ENCODED, EncoderReconstruction

__all__ = [
    "BicycleGan",
    "CaeGan",
    "ClrGan",
    "CvaeGan",
    "CvaeGanPlus",
    "EncoderReconstruction",
    "benchbench_methods",
    "benchbench_metrics",
]


@hookimpl
def benchbench_methods() -> Iterable[type[Method]]:
    """Register the family, and each of its methods given the answer."""
    return (*FAMILY, *ENCODED)


@hookimpl
def benchbench_metrics() -> Iterable[type[Metric]]:
    """Register the encoder's reconstruction error."""
    return (EncoderReconstruction,)
