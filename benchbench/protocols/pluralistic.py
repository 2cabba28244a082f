"""`pluralistic`: diversity inside the hole alone."""

from __future__ import annotations

from collections.abc import Iterable

from benchbench.core import Protocol
from benchbench.hookspecs import hookimpl

PLURALISTIC = Protocol(
    name="pluralistic",
    num_conditions=1000,
    samples_per_condition=50,
    pairs_per_condition=50,
    pairing="random",
    scores=("diversity-hole[lpips-alex]",),
    side=256,
    source="Zheng, Cham & Cai, CVPR 2019; lyndonzheng/Pluralistic-Inpainting #59",
    departures=(
        "An answer of the authors counts 50,000 pairs of outputs of 1000 masked images, on the centre region alone"
        " (#59): how many outputs of an image make its 50 pairs is not stated, we draw them at random from 50.",
        "How the region is cut out is not stated: we average the spatial distance over the pixels of the hole, whatever"
        " its place, so that features near its edge see some known pixels.",
        "LPIPS's network and version are not stated: we take AlexNet, version 0.1.",
        "Their holes are at the centre of the image: ours are the task's.",
    ),
)


@hookimpl
def benchbench_protocols() -> Iterable[Protocol]:
    """Register the protocol."""
    return (PLURALISTIC,)
