"""Flow matching and diffusion as benchbench methods; importing this imports no torch."""

from __future__ import annotations

from collections.abc import Iterable

from benchbench import hookimpl
from benchbench.core import Method

from benchbench_flows.methods import METHODS, Flow, Palette, Pmrf

__all__ = ["Flow", "Palette", "Pmrf", "benchbench_methods"]


@hookimpl
def benchbench_methods() -> Iterable[type[Method]]:
    """Register the methods."""
    return METHODS
