"""MR-GAN and its baselines as benchbench methods; importing this imports no torch."""

from __future__ import annotations

from collections.abc import Iterable

from benchbench import hookimpl
from benchbench.core import Method

from benchbench_mrgan.methods import Mr1, Pix2PixNoise, SrganNoise

__all__ = ["Mr1", "Pix2PixNoise", "SrganNoise", "benchbench_methods"]


@hookimpl
def benchbench_methods() -> Iterable[type[Method]]:
    """Register the methods."""
    return (Pix2PixNoise, SrganNoise, Mr1)
