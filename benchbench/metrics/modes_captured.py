"""Modes with at least one clean sample, as VEEGAN (Srivastava et al., NIPS 2017) and PacGAN count them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from benchbench.core import Estimate, Metric, SampleSet, SetMetric, Task, Unsupported
from benchbench.hookspecs import hookimpl
from benchbench.metrics.modes import mode_counts, require_modes
from benchbench.stats.estimates import jackknife


class ModesCaptured(SetMetric[SampleSet]):
    """How many modes an unconditional task's samples hit once at least, all together; it grows with their number."""

    name = "modes-captured"
    summary = "unconditional: modes that at least one sample belongs to, by count (VEEGAN, PacGAN)"
    uses_features = False
    higher_is_better = True
    keeps = ("samples",)

    def supports(self, task: Task) -> None:
        """Raise `Unsupported` where the modes are not known or depend on a condition."""
        require_modes(task)
        if task.examples("test")[0].condition:
            raise Unsupported("modes-captured counts over all samples: for a conditional task use mode-coverage")

    def compute(self, data: SampleSet) -> Estimate:
        """Return the number of modes hit."""
        counts = mode_counts(data)

        def hit(keep: np.ndarray) -> float:
            return float((counts[keep].sum(0) > 0).sum())

        return jackknife(hit, data.groups)


@hookimpl
def benchbench_metrics() -> Iterable[type[Metric]]:
    """Register the metric."""
    return (ModesCaptured,)
