"""Whether the truth lies between the least and the greatest of the samples, value by value, as often as it should.

The interval of K + 1 exchangeable values (Wilks 1941), and the rank histogram of each value (Hamill 2001).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from benchbench.core import ConditionMetric, ConditionSamples, Metric
from benchbench.hookspecs import hookimpl

if TYPE_CHECKING:
    from torch import Tensor


def chance_inside(samples: Tensor, truth: Tensor) -> Tensor:
    """Return `float64[*shape]`: how probably the rank of each value of the truth `[*shape]` is neither end's.

    The rank among the samples `[K, *shape]` is (L + U (E + 1)) / (K + 1), with L of them below and E equal. It is
    inside from 1/(K + 1) to K/(K + 1), which has the probability (K - 1)/(K + 1) under the true law, with ties of bytes
    too. U is uniform; the probability over U is returned, so that nothing is drawn.
    """
    k = len(samples)
    below, equal = (samples < truth).sum(0), (samples == truth).sum(0)
    inside = ((below + equal + 1).clamp(max=k) - below.clamp(min=1)).clamp(min=0)
    return inside.double() / (equal + 1)


class IntervalCoverage(ConditionMetric[ConditionSamples]):
    """The share inside less the nominal (K - 1)/(K + 1): below 0 is too narrow, or in the wrong place."""

    name = "interval-coverage"
    summary = "share of the truth's values within the samples' range, less the nominal (K - 1)/(K + 1): 0 is right"
    uses_features = False
    higher_is_better = None
    null = 0.0

    def compute(self, data: ConditionSamples) -> float:
        """Return the departure from the nominal coverage, averaged over references."""
        k = len(data.samples)
        shares = [float(chance_inside(data.samples, truth).mean()) for truth in data.example.references]
        return sum(shares) / len(shares) - (k - 1) / (k + 1)


class IntervalWidth(ConditionMetric[ConditionSamples]):
    """What the coverage costs: noise covers everything."""

    name = "interval-width"
    summary = "mean range of the samples of one condition, in grey levels (of points: in their units)"
    uses_features = False
    higher_is_better = None

    def compute(self, data: ConditionSamples) -> float:
        """Return the mean over values of the greatest sample less the least."""
        return float((data.samples.amax(0).double() - data.samples.amin(0).double()).mean())


@hookimpl
def benchbench_metrics() -> Iterable[type[Metric]]:
    """Register the metrics."""
    return (IntervalCoverage, IntervalWidth)
