"""CycleGAN as a benchbench method; importing this imports no torch."""

from __future__ import annotations

from collections.abc import Iterable

from benchbench import hookimpl
from benchbench.core import Method

from benchbench_cyclegan.methods import CycleGan

__all__ = ["CycleGan", "benchbench_methods"]


@hookimpl
def benchbench_methods() -> Iterable[type[Method]]:
    """Register the method."""
    return (CycleGan,)
