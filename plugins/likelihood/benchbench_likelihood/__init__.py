"""Models with a likelihood as benchbench methods, and the metric of it; importing this imports no torch."""

from __future__ import annotations

from collections.abc import Iterable

from benchbench import hookimpl
from benchbench.core import Method, Metric

from benchbench_likelihood.methods import METHODS, Cflow, Cvae
from benchbench_likelihood.metrics import BitsPerValue

__all__ = ["BitsPerValue", "Cflow", "Cvae", "benchbench_methods", "benchbench_metrics"]


@hookimpl
def benchbench_methods() -> Iterable[type[Method]]:
    """Register the methods."""
    return METHODS


@hookimpl
def benchbench_metrics() -> Iterable[type[Metric]]:
    """Register the log-likelihood."""
    return (BitsPerValue,)
