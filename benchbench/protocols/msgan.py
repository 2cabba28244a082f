"""`msgan`: random pairs of many samples."""

from __future__ import annotations

from collections.abc import Iterable

from benchbench.core import Protocol
from benchbench.hookspecs import hookimpl

MSGAN = Protocol(
    name="msgan",
    num_conditions=None,
    samples_per_condition=50,
    pairs_per_condition=50,
    pairing="random",
    scores=("diversity[lpips-alex]",),
    side=256,
    source="Mao et al., CVPR 2019 (arXiv 1903.05628v6, appendix); HelenMao/MSGAN #12",
    departures=(
        "LPIPS's network and version are not stated: we take AlexNet, version 0.1.",
        "A user reproduced the paper's numbers only without scaling the images to [-1, 1] (HelenMao/MSGAN #12, not"
        " answered): we scale, as LPIPS asks.",
        "Whether a pair may be drawn twice is not stated: we draw two different samples again for each pair.",
        'The appendix averages over "this trial"; how many trials there were is not stated: we make one.',
        "NDB, JSD and FID, which the paper reports beside it, are not computed.",
    ),
)


@hookimpl
def benchbench_protocols() -> Iterable[Protocol]:
    """Register the protocol."""
    return (MSGAN,)
