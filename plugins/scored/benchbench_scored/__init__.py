"""Generators trained by a score of their samples, as benchbench methods; importing this imports no torch."""

from __future__ import annotations

from collections.abc import Iterable

from benchbench import hookimpl
from benchbench.core import Method

from benchbench_scored.methods import METHODS, Cimle, Engression

__all__ = ["Cimle", "Engression", "benchbench_methods"]


@hookimpl
def benchbench_methods() -> Iterable[type[Method]]:
    """Register the methods."""
    return METHODS
