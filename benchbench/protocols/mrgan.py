"""`mrgan`: the protocol of the benchmark's own tasks."""

from __future__ import annotations

from collections.abc import Iterable

from benchbench.core import Protocol
from benchbench.hookspecs import hookimpl

MRGAN = Protocol(
    name="mrgan",
    num_conditions=300,
    samples_per_condition=20,
    pairs_per_condition=10,
    pairing="disjoint",
    scores=("diversity[lpips-alex]",),
    source="Lee, Ha & Kim, ICLR 2019 (arXiv 1902.09225), section 5.2; github.com/soochan-lee/MR-GAN",
    departures=(
        "LPIPS's network and version are not stated, and the repository has no evaluation code: we take AlexNet,"
        " version 0.1.",
        "The 10 pairs of an input are said to be random: we draw them without replacement, so that each of the 20"
        " samples is used once.",
        "The authors' test images come from a random split without a seed, which cannot be made again: ours are the"
        " task's.",
        "The authors' images have sides of 64 (SR-CelebA), 128 (GLCIC-CelebA) and 256 px (Cityscapes, Maps), by the"
        " names of their configuration files: ours have the task's.",
    ),
)


@hookimpl
def benchbench_protocols() -> Iterable[Protocol]:
    """Register the protocol."""
    return (MRGAN,)
