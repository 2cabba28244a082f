"""Expected coverage by random reference points (TARP: Lemos, Coogan, Hezaveh & Perreault-Levasseur, ICML 2023).

The share of samples that are nearer to a point ρ than the truth is uniform under the true law, for every ρ that is
independent of the truth given the condition. A ρ that depends on the condition sees a method that ignores it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from benchbench.core import ConditionFeatures, ConditionMetric, Metric, Task
from benchbench.hookspecs import hookimpl
from benchbench.metrics.truth_rank import BINS
from benchbench.stats.randomised import rounding_of, shape_of, uniform_of, uniform_ranks

if TYPE_CHECKING:
    from torch import Tensor


def nearness_ranks(
    embedding: Tensor, references: Tensor, point: Tensor, uniform: Tensor, tolerance: float = 0.0
) -> Tensor:
    """Return `float64[…, R]` in [0, 1): the randomised share of samples `[…, K, D]` nearer to a point `[…, D]`.

    Nearer than each of the references `[…, R, D]`; `uniform` `[…, R]` breaks ties, which reach up to the tolerance.
    """
    import torch

    to_samples, to_truth = (
        torch.linalg.vector_norm(rows - point[..., None, :], dim=-1, dtype=torch.float64)
        for rows in (embedding, references)
    )
    return uniform_ranks(
        to_samples[..., None].expand(*to_samples.shape, to_truth.shape[-1]), to_truth, uniform, tolerance
    )


class _Tarp(ConditionMetric[ConditionFeatures]):
    higher_is_better = None
    null = 0.0
    points: ClassVar[tuple[str, ...]]
    """The one from which distances are taken."""

    def supports(self, task: Task) -> None:
        """Raise `Unsupported` where the condition is no point of the sample space, and the metric needs it as one."""
        if self.points == ("condition",):
            task.condition_as_sample(task.examples("test")[0])

    def ranks(self, data: ConditionFeatures) -> Tensor:
        """Return `float64[R]`: where each reference stands."""
        (point,) = self.points
        uniform = uniform_of(f"tarp {point}", data)
        return nearness_ranks(data.embedding, data.reference_embedding, data.points[point], uniform, rounding_of(data))


class _Bias(_Tarp):
    histogram = (-1.0, 1.0, BINS)

    def compute(self, data: ConditionFeatures) -> Tensor:
        """Return 2u - 1 of each reference."""
        return 2 * self.ranks(data) - 1


class _Shape(_Tarp):
    def compute(self, data: ConditionFeatures) -> Tensor:
        """Return (2u - 1)² - 1/3 of each reference."""
        return shape_of(self.ranks(data))


class Tarp(_Bias):
    """From a random training target: does not see whether the condition is used."""

    name = "tarp"
    summary = "samples nearer to a random real image than the truth, as 2u - 1: 0 is right"
    points = ("real",)


class TarpShape(_Shape):
    """The spread of the same."""

    name = "tarp-shape"
    summary = "spread of `tarp`: 0 is right, above: too narrow, below: too wide"
    points = ("real",)


class TarpCondition(_Bias):
    """From the condition itself: sees a method that ignores it."""

    name = "tarp-condition"
    summary = "samples nearer to the condition than the truth, as 2u - 1: 0 is right, below: too far from the condition"
    points = ("condition",)


class TarpConditionShape(_Shape):
    """The spread of the same."""

    name = "tarp-condition-shape"
    summary = "spread of `tarp-condition`: 0 is right, above: too narrow, below: too wide"
    points = ("condition",)


@hookimpl
def benchbench_metrics() -> Iterable[type[Metric]]:
    """Register the metrics."""
    return (Tarp, TarpShape, TarpCondition, TarpConditionShape)
