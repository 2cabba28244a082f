"""`munit`: 1900 independent pairs."""

from __future__ import annotations

from collections.abc import Iterable

from benchbench.core import Protocol
from benchbench.hookspecs import hookimpl

MUNIT = Protocol(
    name="munit",
    num_conditions=100,
    samples_per_condition=38,
    pairs_per_condition=19,
    pairing="disjoint",
    scores=("diversity[lpips-alex-v0.0]",),
    side=256,
    source="Huang et al., ECCV 2018 (arXiv 1804.04732); NVlabs/MUNIT #25 and #72; github.com/NVlabs/MUNIT",
    departures=(
        "An author describes 19 pairs of fresh style codes per input (NVlabs/MUNIT #25): we take 38 samples and draw 19"
        " disjoint pairs of them.",
        "LPIPS's network and version are not stated: we take AlexNet, version 0.0, as BicycleGAN did. A user measured"
        " 0.215 where the paper has 0.109 (NVlabs/MUNIT #72), about what version 0.1 does to BicycleGAN's 0.110, which"
        " becomes 0.261 (junyanz/BicycleGAN #83).",
        "The authors' test_batch.py stretches every image that it saves to its own minimum and maximum: samples"
        " are measured here as they were made.",
        "The conditional inception score that the paper reports beside it is not computed.",
    ),
)


@hookimpl
def benchbench_protocols() -> Iterable[Protocol]:
    """Register the protocol."""
    return (MUNIT,)
