"""Collapse that can be seen to be one though its samples differ: they are nearer than real images ever are.

A collapsed generator often gives one image with a little texture that moves. No two samples are alike to the pixel, so
`collapse-within` and `collapse-rate`, whose threshold people cannot see, say nothing of it.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from benchbench.core import Estimate, FeatureSet, Metric, SetMetric, Undefined
from benchbench.core.uncertainty import Threshold
from benchbench.hookspecs import hookimpl
from benchbench.stats.estimates import mean_estimate
from benchbench.stats.shares import with_wilson

if TYPE_CHECKING:
    from torch import Tensor

SHARE = 0.01
"""Of the pairs of different real images, the share that is nearer than the threshold."""
IMAGES = 1000
"""Real images whose pairs are taken, at most: the first of the pool."""


class CollapseNear(SetMetric[FeatureSet]):
    """Share of pairs of samples of one condition that are nearer to each other than 99 % of pairs of real images.

    Unconditional samples of the true law have 0.01, and a generator of a single image 1. Given a condition the true law
    has more, as far as the condition says what is seen: compare with `oracle` or another method.
    """

    name = "collapse-near"
    summary = "share of pairs of samples of one condition that are nearer than 99 % of pairs of real images"
    higher_is_better = False
    keeps = ("sketch",)

    def compute(self, data: FeatureSet) -> Estimate:
        """Return the mean share over conditions."""
        sketches = data.features["sketch"]
        reach = nearness(data.real.sketch)
        shares = near_shares(sketches, reach)
        estimate = mean_estimate(shares.numpy(), data.groups)
        estimate = dataclasses.replace(estimate, threshold=Threshold("near", reach))
        return with_wilson(estimate, len(shares) * math.comb(sketches.shape[1], 2))


def nearness(pool: Tensor) -> float:
    """Return the distance that 1 % of the pairs of rows `[N, d]` are within; raise `Undefined` with fewer than two."""
    import torch

    if len(pool) < 2:
        raise Undefined("there is one real image alone, and no pair of different ones")
    return float(torch.nn.functional.pdist(pool[:IMAGES].double()).quantile(SHARE))


def near_shares(sketches: Tensor, reach: float) -> Tensor:
    """Return `float64[n]`: of each condition of `[n, K, d]`, the share of its K(K-1)/2 pairs within a distance."""
    import torch

    if sketches.shape[1] < 2:
        raise Undefined("one sample per condition makes no pair")
    return torch.stack([(torch.nn.functional.pdist(each.double()) <= reach).double().mean() for each in sketches])


@hookimpl
def benchbench_metrics() -> Iterable[type[Metric]]:
    """Register the metric."""
    return (CollapseNear,)
