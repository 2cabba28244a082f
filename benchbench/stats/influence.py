"""Errors of curved functions of averages, where leaving out conditions states too much; pure.

A jackknife's variance is too large for a curved statistic (Efron & Stein, Annals of Statistics 1981). Where it is a sum
of parts of single conditions and of pairs, of variances V₁ and V₂, the jackknife has V₁ + 2 V₂ where V₁ + V₂ is right:
each pair changes with both of its conditions. So has the first derivative alone (the influence function of Hampel,
JASA 1974). The parts of pairs, from the second derivative or from counts of pairs, give V₂, which is taken off.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np

from benchbench.core import Estimate, Uncertainty
from benchbench.core import uncertainty as kinds
from benchbench.stats.estimates import mean_estimate


def influence_estimate(
    value: float, influences: np.ndarray, groups: Sequence[str], pairs: np.ndarray | None = None
) -> Estimate:
    """Return the estimate of a smooth statistic from the influences of its conditions, `float64[n]`, of mean 0.

    An influence is n times the derivative of the statistic as a condition's weight grows, from 1 as all have. `pairs`
    are `float64[G, G]`, by group or by block of groups: the second derivative as both weights grow. Without an error
    where there is a single group.
    """
    first = mean_estimate(influences, groups)
    if first.standard_error is None or first.uncertainty is None:
        return Estimate(value, None, first.n)
    variance = first.standard_error**2
    stated = dataclasses.replace(first.uncertainty, kind=kinds.INFLUENCE)
    if pairs is not None:
        variance = without_pairs(variance, pairs, first.uncertainty.groups)
    return Estimate(value, float(np.sqrt(variance)), first.n, stated)


def without_pairs(variance: float, pairs: np.ndarray, groups: int) -> float:
    """Return V₁ + V₂ of an estimate of V₁ + 2 V₂, where `pairs`, `float64[B, B]`, are the parts of two of B blocks.

    Not less than half of the estimate, as V₁ is not less than 0.
    """
    return max(variance - pair_variance(pairs, groups), variance / 2)


def pair_variance(pairs: np.ndarray, groups: int) -> float:
    """Return the variance of the sum of parts of two groups, given as sums `float64[B, B]` over the pairs of B blocks.

    The table is symmetric; its diagonal does not count. What a row has in common is no part of two (Hoeffding's
    projection), so it is fitted and taken off. Pairs of groups within a block vary as those between blocks do.
    """
    b = len(pairs)
    if b < 4:
        return 0.0
    off = pairs - np.diag(np.diagonal(pairs))
    mean = off.sum() / (b * (b - 1))
    row = (off.sum(1) - (b - 1) * mean) / (b - 2)
    residuals = (off - mean - row[:, None] - row)[np.triu_indices(b, 1)]
    freedom = b * (b - 1) / 2 - b
    return float((residuals**2).sum() / freedom * b**2 / 2 * (groups - 1) / groups)


def two_sided_estimate(statistic: Callable[[np.ndarray], float], sums: np.ndarray, groups: Sequence[str]) -> Estimate:
    """Return `statistic` of the total of the groups' sums `float64[G, M]`, with its error.

    A group's influence is half of the difference between counting it twice and leaving it out. What the group adds by
    being rare has no part in it, as the curvature along its own weight cancels: leaving out alone counts a kind that
    one group has as if every group had one.
    """
    total = sums.sum(0)
    value, number, n = statistic(total), len(sums), len(groups)
    if number < 2:
        return Estimate(value, None, n)
    parts = np.array([(statistic(total + own) - statistic(total - own)) / 2 for own in sums])
    error = float(np.sqrt(number / (number - 1) * ((parts - parts.mean()) ** 2).sum()))
    return Estimate(value, error, n, Uncertainty(kinds.TWO_SIDED, n, number))


def group_sums(rows: np.ndarray, groups: Sequence[str]) -> np.ndarray:
    """Return `float64[G, M]`: the rows `[n, M]` of conditions, added up by group, in the order of the groups' names."""
    names, index = np.unique(np.asarray(groups), return_inverse=True)
    total = np.zeros((len(names), rows.shape[1]))
    np.add.at(total, index, rows)
    return total
