"""`stargan-v2`: all pairs of ten samples."""

from __future__ import annotations

from collections.abc import Iterable

from benchbench.core import Protocol
from benchbench.hookspecs import hookimpl

STARGAN_V2 = Protocol(
    name="stargan-v2",
    num_conditions=None,
    samples_per_condition=10,
    pairs_per_condition=45,
    pairing="all",
    scores=("diversity-all[lpips-alex]",),
    side=256,
    source="Choi et al., CVPR 2020; main.py, metrics/eval.py and metrics/lpips.py of github.com/clovaai/stargan-v2",
    departures=(
        "It averages over batches of 32 sources, the last and smaller one with the same weight, then over pairs of"
        " domains: we average over conditions, each with the same weight, and a condition has one target.",
        "It has its own code for LPIPS on AlexNet, whose scaling of the input is that of version 0.1: we take the lpips"
        " package's version 0.1. The two differ by where an epsilon of 1e-10 stands; that its file of linear heads"
        " holds the package's has not been checked.",
        "It measures what the generator returns: we measure 8-bit images.",
        "The FID that it reports beside it, against training images of the target domain, is not computed.",
    ),
)


@hookimpl
def benchbench_protocols() -> Iterable[Protocol]:
    """Register the protocol."""
    return (STARGAN_V2,)
