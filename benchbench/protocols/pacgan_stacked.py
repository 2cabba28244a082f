"""`pacgan-stacked`: 26,000 stacks of three digits, the modes that they hit, and their KL divergence from uniform."""

from __future__ import annotations

from collections.abc import Iterable

from benchbench.core import Protocol
from benchbench.hookspecs import hookimpl

PACGAN_STACKED = Protocol(
    name="pacgan-stacked",
    num_conditions=260,
    samples_per_condition=100,
    pairs_per_condition=50,
    pairing="disjoint",
    scores=("modes-captured", "law-kl"),
    source="Metz et al., ICLR 2017 (arXiv 1611.02163); Srivastava et al. (VEEGAN), NIPS 2017 (arXiv 1705.07761); Lin et"
    " al. (PacGAN), NeurIPS 2018 (arXiv 1712.04086)",
    departures=(
        "An unconditional task has empty conditions here: 260 of them with 100 samples are the 26,000 stacks.",
        "The papers stack MNIST's digits; `stacked-digits` has scikit-learn's, and a classifier of its own.",
        "Their classifier gives every sample a mode: ours leaves out samples that show no digit, and law-kl says how"
        " many it counted.",
        "A perfect generator has a KL divergence of (1000 - 1) / (2 x 26,000) = 0.0192 on average, not 0: law-kl says"
        " it beside the value.",
        "The papers average over ten trainings: here a row's seeds say how many it has.",
    ),
)


@hookimpl
def benchbench_protocols() -> Iterable[Protocol]:
    """Register the protocol."""
    return (PACGAN_STACKED,)
