"""Flow matching and diffusion as benchbench methods; importing this imports no torch."""

from __future__ import annotations

from collections.abc import Iterable

from benchbench import hookimpl
from benchbench.core import Method

from benchbench_flows.methods import METHODS, Flow, Palette, Pmrf, Prior
from benchbench_flows.posterior import SAMPLERS, Daps, Ddnm, Ddrm, Dps

__all__ = ["Daps", "Ddnm", "Ddrm", "Dps", "Flow", "Palette", "Pmrf", "Prior", "benchbench_methods"]


@hookimpl
def benchbench_methods() -> Iterable[type[Method]]:
    """Register the methods."""
    return (*METHODS, *SAMPLERS)
