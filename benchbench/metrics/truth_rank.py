"""How central the truth is among the samples of its condition: a rank that is uniform if the method is right.

The pool of z_0 = y and the samples z_1 … z_K is exchangeable under the true law, so the centrality of the truth, T_m =
Σ_l ‖φ(z_m) - φ(z_l)‖ for m = 0, has a uniform rank. Rank histograms with a pre-rank function are of Thorarinsdottir,
Scheuerer & Heinz (2016); simulation-based calibration (Talts et al. 2018, arXiv 1804.06788) does so for parameters.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from benchbench.core import ConditionFeatures, ConditionMetric, Metric
from benchbench.hookspecs import hookimpl
from benchbench.stats.randomised import rounding_of, shape_of, uniform_of, uniform_ranks

if TYPE_CHECKING:
    from torch import Tensor

BINS = 21
"""Of the histogram: with K = 20 samples, one for each rank."""


def truth_ranks(distances: Tensor, reference_distances: Tensor, uniform: Tensor, tolerance: float = 0.0) -> Tensor:
    """Return `float64[…, R]` in [0, 1): u of each reference, towards 1 where it is the outlier of its pool.

    T_0 = Σ_i t_i and T_i = t_i + Σ_j d_ij, from the distances `[…, K, K]` of the samples and `[…, K, R]` to the
    references. `uniform` `[…, R]` breaks ties; sums within the tolerance are tied.
    """
    outlying = reference_distances + distances.sum(-1)[..., None]
    return uniform_ranks(outlying, reference_distances.sum(-2), uniform, tolerance)


def _ranks(data: ConditionFeatures) -> Tensor:
    tolerance = len(data.distances) * rounding_of(data)
    return truth_ranks(data.distances, data.reference_distances, uniform_of("truth-rank", data), tolerance)


class TruthRank(ConditionMetric[ConditionFeatures]):
    """The rank, uniform in [0, 1] for the true law: near 1 the truth is the outlier, near 0 it is too central."""

    name = "truth-rank"
    summary = "how outlying the truth is among the samples of its condition: 1/2 on average is right"
    higher_is_better = None
    truth = 0.5
    histogram = (0.0, 1.0, BINS)

    def compute(self, data: ConditionFeatures) -> Tensor:
        """Return the rank of each reference."""
        return _ranks(data)


class RankBias(ConditionMetric[ConditionFeatures]):
    """2u - 1: above 0 the samples are too close together, or in the wrong place; below 0 they are too far apart."""

    name = "rank-bias"
    summary = "bias of the truth's rank: 0 is right, above: too narrow or in the wrong place, below: too wide"
    higher_is_better = None
    null = 0.0

    def compute(self, data: ConditionFeatures) -> Tensor:
        """Return the bias of each reference's rank."""
        return 2 * _ranks(data) - 1


class RankShape(ConditionMetric[ConditionFeatures]):
    """(2u - 1)² - 1/3: above 0 ranks lie at both ends, as of conditions too narrow and too wide; below 0 between."""

    name = "rank-shape"
    summary = "shape of the truth's rank histogram: 0 is flat, above: a U, below: a hump"
    higher_is_better = None
    null = 0.0

    def compute(self, data: ConditionFeatures) -> Tensor:
        """Return the squared deviation of each reference's rank, less that of a uniform one."""
        return shape_of(_ranks(data))


@hookimpl
def benchbench_metrics() -> Iterable[type[Metric]]:
    """Register the metrics."""
    return (TruthRank, RankBias, RankShape)
