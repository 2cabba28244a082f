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

import numpy as np

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
from benchbench.stats.distances import alike_in_blocks, nearest, nearest_elsewhere
from benchbench.stats.estimates import block_of, jackknife_estimate, mean_estimate
from benchbench.stats.influence import without_pairs
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

        A sample that looks like one of another condition does so because of both. So the error is a jackknife's:
        without a block of conditions, samples that have their only twin there have none. What pairs of blocks vary by
        is in it twice, and once is taken off.
        """
        sketches = data.features["sketch"]
        found = _share(nearest_elsewhere(sketches), self.kind, data)
        block = block_of(data.groups)
        if found.threshold is None or found.uncertainty is None or not block.max():
            return found
        twins = alike_in_blocks(sketches, found.threshold.value, block)
        left_out, pairs = without_blocks(twins, block)
        estimate = jackknife_estimate(found.value, left_out.tolist(), data.groups)
        assert estimate.standard_error is not None
        variance = without_pairs(estimate.standard_error**2, pairs, found.uncertainty.groups)
        estimate = dataclasses.replace(estimate, standard_error=math.sqrt(variance), threshold=found.threshold)
        return with_wilson(estimate, sketches.shape[:2].numel())


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


def without_blocks(twins: np.ndarray, block: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the share of samples with a twin where one block is left out, `float64[B]`, and what pairs of blocks add.

    `twins`: `bool[n, K, B]`, whether a sample has one in a block; `block`: `int[n]`, the block of each condition. The
    pairs are `float64[B, B]`, symmetric: the share of samples of either block whose only twin is in the other one.
    """
    n, k, b = twins.shape
    any_twin = twins.any(2)
    only = (twins & (twins.sum(2) == 1)[:, :, None]).sum(1)
    lost, own = np.zeros((b, b)), np.zeros(b)
    np.add.at(lost, block, only)
    np.add.at(own, block, any_twin.sum(1))
    np.fill_diagonal(lost, 0)  # these go with their own block
    left = (n - np.bincount(block, minlength=b)) * k
    return (any_twin.sum() - own - lost.sum(0)) / left, (lost + lost.T) / (n * k)


def _share(distances: Tensor, kind: str, data: FeatureSet) -> Estimate:
    """Return the mean share of distances `[n, K]` within the threshold of this kind."""
    threshold = data.real.thresholds.stated(kind)
    shares = (distances <= threshold.value).double().mean(1).numpy()
    return dataclasses.replace(mean_estimate(shares, data.groups), threshold=threshold)


@hookimpl
def benchbench_metrics() -> Iterable[type[Metric]]:
    """Register the metrics."""
    return (RepeatsWithin, CollapseWithin, CollapseRate, RepeatsAcross, CollapseAcross, Memorised)
