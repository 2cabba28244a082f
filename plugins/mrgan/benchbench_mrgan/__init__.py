"""MR-GAN and its baselines as benchbench methods; importing this imports no torch."""

from __future__ import annotations

from collections.abc import Iterable

from benchbench import hookimpl
from benchbench.core import Method, Metric

from benchbench_mrgan.methods import (
    METHODS,
    GlcicNoise,
    MlpNoise,
    Mr1,
    Mr2,
    Pix2Pix,
    Pix2PixNoise,
    Predictor,
    ProxyMr1,
    ProxyMr2,
    SrganNoise,
)
from benchbench_mrgan.metrics import FarSamples
from benchbench_mrgan.spread_methods import SPREADING, Dsgan, Msgan, Rcgan

__all__ = [
    "Dsgan",
    "FarSamples",
    "GlcicNoise",
    "MlpNoise",
    "Mr1",
    "Mr2",
    "Msgan",
    "Pix2Pix",
    "Pix2PixNoise",
    "Predictor",
    "ProxyMr1",
    "ProxyMr2",
    "Rcgan",
    "SrganNoise",
    "benchbench_methods",
    "benchbench_metrics",
]


@hookimpl
def benchbench_methods() -> Iterable[type[Method]]:
    """Register the methods."""
    return (*METHODS, *SPREADING)


@hookimpl
def benchbench_metrics() -> Iterable[type[Metric]]:
    """Register the share of samples out of range."""
    return (FarSamples,)
