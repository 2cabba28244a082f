"""`introvae`: MS-SSIM over 10,000 pairs and FID over 50,000 samples of an unconditional generator."""

from __future__ import annotations

from collections.abc import Iterable

from benchbench.core import Protocol
from benchbench.hookspecs import hookimpl

INTROVAE = Protocol(
    name="introvae",
    num_conditions=250,
    samples_per_condition=200,
    pairs_per_condition=100,
    pairing="disjoint",
    scores=("ms-ssim-across", "fid"),
    source="Huang et al. (IntroVAE), NeurIPS 2018 (arXiv 1807.06358), section 4; Karras et al. (PGGAN), ICLR 2018"
    " (arXiv 1710.10196); ms_ssim.py and config.py of github.com/tkarras/progressive_growing_of_gans",
    departures=(
        "An unconditional task has empty conditions here: 250 of them with 200 samples are the 50,000.",
        "Which real images the FID is against, and how many, is not stated by IntroVAE: ours are the task's pool, of at"
        " most 5000, and the score says how many.",
        "The size at which MS-SSIM is computed is not certain; ours is the task's.",
        "Pairs are of two samples of different conditions, each sample in one pair: 10,000 of 25,000.",
        "PGGAN's sliced Wasserstein distance is not computed.",
    ),
)


@hookimpl
def benchbench_protocols() -> Iterable[Protocol]:
    """Register the protocol."""
    return (INTROVAE,)
