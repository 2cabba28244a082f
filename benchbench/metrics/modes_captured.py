"""Modes with at least one clean sample, as VEEGAN (Srivastava et al., NIPS 2017) and PacGAN count them."""

from __future__ import annotations

from collections.abc import Iterable

from benchbench.core import Metric
from benchbench.hookspecs import hookimpl
from benchbench.metrics.modes import ModesOverall


class ModesCaptured(ModesOverall):
    """How many modes an unconditional task's samples hit once at least, all together; it grows with their number."""

    name = "modes-captured"
    summary = "unconditional: modes that at least one sample belongs to, by count (VEEGAN, PacGAN)"

    def least(self, drawn: int) -> float:
        """Return 1, of however many."""
        del drawn
        return 1


@hookimpl
def benchbench_metrics() -> Iterable[type[Metric]]:
    """Register the metric."""
    return (ModesCaptured,)
