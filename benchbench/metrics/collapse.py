"""Mode collapse: samples that repeat one another, within a condition and across conditions.

Two thresholds, both measured on the task's real images under the extractor. *Repeat*: one image made twice, up to the
noise of making it (one value in a hundred moved by one grey level, median). *Visible*: two images that people
cannot distinguish (a real image and its JPEG copy at quality 95, median).
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from benchbench.core import (
    ConditionFeatures,
    ConditionMetric,
    Estimate,
    FeatureSet,
    Metric,
    SetMetric,
    Task,
    Threshold,
    Thresholds,
    Unsupported,
)
from benchbench.hookspecs import hookimpl
from benchbench.stats.distances import nearest, nearest_elsewhere
from benchbench.stats.estimates import mean_estimate
from benchbench.stats.shares import with_wilson

if TYPE_CHECKING:
    from torch import Tensor

COLLAPSED_SHARE = 0.9
"""A condition is collapsed if this share of the pairs of its samples look alike."""


class RepeatsWithin(ConditionMetric[ConditionFeatures]):
    """Share of samples that are another sample of the same condition, made again."""

    name = "repeats-within"
    summary = "share of samples that are another sample of the same condition made again, up to the noise floor"
    higher_is_better = False

    def compute(self, data: ConditionFeatures) -> float:
        """Return the share for one condition."""
        distances = data.distances.clone().fill_diagonal_(float("inf"))
        return float((distances.min(1).values <= data.thresholds.repeat).double().mean())

    def threshold(self, thresholds: Thresholds | None) -> Threshold | None:
        """Return the noise floor."""
        return None if thresholds is None else thresholds.stated("repeat")


class CollapseWithin(ConditionMetric[ConditionFeatures]):
    """Share of pairs of samples of one condition that look alike; the truth has Σ p² where its modes are distinct."""

    name = "collapse-within"
    summary = "share of pairs of samples of one condition that people cannot distinguish"
    higher_is_better = False

    def compute(self, data: ConditionFeatures) -> Tensor:
        """Return, for each pair, 1 where it looks alike."""
        return alike(data)

    def threshold(self, thresholds: Thresholds | None) -> Threshold | None:
        """Return the distance up to which two images look alike."""
        return None if thresholds is None else thresholds.stated("visible")


class CollapseRate(ConditionMetric[ConditionFeatures]):
    """Share of conditions that are collapsed: nearly all pairs of their samples look alike."""

    name = "collapse-rate"
    summary = f"share of conditions of which {COLLAPSED_SHARE:.0%} of the pairs of samples look alike"
    higher_is_better = False

    def compute(self, data: ConditionFeatures) -> float:
        """Return 1 for a collapsed condition."""
        k = len(data.samples)
        pairs = alike(data)
        return float((pairs.sum() - pairs.trace()) / (k * (k - 1)) >= COLLAPSED_SHARE)

    def threshold(self, thresholds: Thresholds | None) -> Threshold | None:
        """Return the distance up to which two images look alike."""
        return None if thresholds is None else thresholds.stated("visible")


def alike(data: ConditionFeatures) -> Tensor:
    """Return `float64[K, K]`: 1 where two samples of a condition look alike."""
    return (data.distances <= data.thresholds.visible).double()


class _Across(SetMetric[FeatureSet]):
    higher_is_better = False
    keeps = ("sketch",)
    kind: ClassVar[str]
    """The kind of its threshold."""

    def supports(self, task: Task) -> None:
        """Raise `Unsupported` for unconditional tasks, whose conditions are all the same."""
        if not task.examples("test")[0].condition:
            raise Unsupported(f"{task.name} is unconditional: its conditions are all the same")

    def compute(self, data: FeatureSet) -> Estimate:
        """Return the mean share over conditions.

        Samples that look alike come in twos, of two conditions, and are counted in both. The spread over conditions
        has the variance p (1 - p)² / N that each of N samples adds by itself, not that of its twin: it is added.
        """
        found = _share(nearest_elsewhere(data.features["sketch"]), self.kind, data)
        number = data.features["sketch"].shape[:2].numel()
        if found.standard_error is not None:
            twins = found.value * (1 - found.value) ** 2 / number
            found = dataclasses.replace(found, standard_error=math.hypot(found.standard_error, math.sqrt(twins)))
        return with_wilson(found, number)


class RepeatsAcross(_Across):
    """Share of samples that are a sample of another condition, made again."""

    name = "repeats-across"
    summary = "share of samples that are a sample of another condition made again, up to the noise floor"
    kind = "repeat"


class CollapseAcross(_Across):
    """Share of samples that look like a sample of another condition."""

    name = "collapse-across"
    summary = "share of samples that people cannot distinguish from a sample of another condition"
    kind = "visible"


class Memorised(SetMetric[FeatureSet]):
    """Share of samples that look like an image of the training set."""

    name = "memorised"
    summary = "share of samples that people cannot distinguish from some training image"
    higher_is_better = False
    keeps = ("sketch",)

    def compute(self, data: FeatureSet) -> Estimate:
        """Return the mean share over conditions."""
        sketches = data.features["sketch"]
        distances = nearest(sketches.flatten(0, 1), data.real.sketch).reshape(sketches.shape[:2])
        return with_wilson(_share(distances, "visible", data), distances.numel())


def _share(distances: Tensor, kind: str, data: FeatureSet) -> Estimate:
    """Return the mean share of distances `[n, K]` within the threshold of this kind."""
    threshold = data.real.thresholds.stated(kind)
    shares = (distances <= threshold.value).double().mean(1).numpy()
    return dataclasses.replace(mean_estimate(shares, data.groups), threshold=threshold)


@hookimpl
def benchbench_metrics() -> Iterable[type[Metric]]:
    """Register the metrics."""
    return (RepeatsWithin, CollapseWithin, CollapseRate, RepeatsAcross, CollapseAcross, Memorised)
