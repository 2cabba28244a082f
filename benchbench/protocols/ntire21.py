"""`ntire21`: the challenge on learning the space of super-resolution."""

from __future__ import annotations

from collections.abc import Iterable

from benchbench.core import Protocol
from benchbench.hookspecs import hookimpl

NTIRE21 = Protocol(
    name="ntire21",
    num_conditions=100,
    samples_per_condition=10,
    pairs_per_condition=5,
    scores=("sr-space[lpips-alex]", "lr-psnr", "lr-psnr-worst"),
    source=(
        "Lugmayr, Danelljan & Timofte, NTIRE 2021 challenge on learning the super-resolution space, CVPRW 2021;"
        " README and measure.py of github.com/andreas128/NTIRE21_Learning_SR_Space"
    ),
    departures=(
        "The challenge has 100 photographs of DIV2K, whole, at x4 and x8: ours are the task's.",
        "For lr-psnr it makes images smaller by MATLAB's bicubic imresize: we take the task's own filter, by which its"
        " conditions were made.",
        "It crops truths to multiples of 8 pixels: ours are used whole.",
        "Where a sample equals the truth, its score has no value: we count 0.",
        "It ranks by people, by sr-space, and by whether lr-psnr reaches 45 dB; its LPIPS is only a guide and is not"
        " computed here.",
    ),
)


@hookimpl
def benchbench_protocols() -> Iterable[Protocol]:
    """Register the protocol."""
    return (NTIRE21,)
