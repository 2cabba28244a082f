"""`pacgan-points`: 2500 points, and the modes that one of them hits within three standard deviations."""

from __future__ import annotations

from collections.abc import Iterable

from benchbench.core import Protocol
from benchbench.hookspecs import hookimpl

PACGAN_POINTS = Protocol(
    name="pacgan-points",
    num_conditions=125,
    samples_per_condition=20,
    pairs_per_condition=10,
    pairing="disjoint",
    scores=("modes-captured", "law-kl"),
    source="Srivastava et al. (VEEGAN), NIPS 2017 (arXiv 1705.07761); Lin et al. (PacGAN), NeurIPS 2018 (arXiv"
    " 1712.04086); configurations of github.com/fjxmlzn/PacGAN",
    departures=(
        "An unconditional task has empty conditions here: 125 of them with 20 samples are the 2500 points.",
        "The share of points of high quality, which they report too, is the tasks' own metric high-quality.",
        "The ring of the papers has a standard deviation of 0.01, ours of 0.02; the grid's is 0.05 at a step of 2, as"
        " ours is before scaling.",
        "The papers average over ten trainings: here a row's seeds say how many it has.",
        "They report the KL divergence over the points of high quality, as law-kl does; its value for a perfect"
        " generator is not 0, and law-kl says what it is.",
    ),
)


@hookimpl
def benchbench_protocols() -> Iterable[Protocol]:
    """Register the protocol."""
    return (PACGAN_POINTS,)
