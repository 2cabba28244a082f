"""Variational autoencoders and their hybrids with GANs as benchbench methods; importing this imports no torch."""

from __future__ import annotations

from collections.abc import Iterable

from benchbench import hookimpl
from benchbench.core import Method

from benchbench_vaes.encoded import ENCODED
from benchbench_vaes.methods import METHODS, Aae, IntroVae, Vae, VaeGan, Veegan, Vgh, VghPlus

__all__ = ["Aae", "IntroVae", "Vae", "VaeGan", "Veegan", "Vgh", "VghPlus", "benchbench_methods"]


@hookimpl
def benchbench_methods() -> Iterable[type[Method]]:
    """Register the methods, and each of them given the answer."""
    return (*METHODS, *ENCODED)
