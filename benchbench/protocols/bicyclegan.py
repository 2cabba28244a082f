"""`bicyclegan`: 1900 consecutive pairs under LPIPS 0.0, which many later papers follow."""

from __future__ import annotations

from collections.abc import Iterable

from benchbench.core import Protocol
from benchbench.hookspecs import hookimpl

BICYCLEGAN = Protocol(
    name="bicyclegan",
    num_conditions=100,
    samples_per_condition=20,
    pairs_per_condition=19,
    pairing="consecutive",
    scores=("diversity[lpips-alex-v0.0]",),
    side=256,
    source=(
        "Zhu et al., NIPS 2017 (arXiv 1711.11586); README of github.com/junyanz/BicycleGAN; lpips_1dir_allpairs.py of"
        " github.com/richzhang/PerceptualSimilarity"
    ),
    departures=(
        'Which pairs are meant is not stated: the paper counts 1900 of random outputs, an author writes "the distance'
        ' between each pair" (junyanz/BicycleGAN #26), and his script takes consecutive outputs, which makes the 1900'
        " of 100 inputs with 20 outputs: we follow the script.",
        "Consecutive is meant in the order of the samples' numbers; the script takes the order in which the system"
        " lists the folder.",
        "The script's ± is std/√1900, as if pairs that share an output, and pairs of one input, were independent: ours"
        " resamples inputs, then pairs within each.",
    ),
)


@hookimpl
def benchbench_protocols() -> Iterable[Protocol]:
    """Register the protocol."""
    return (BICYCLEGAN,)
