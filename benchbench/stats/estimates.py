"""Uncertainty of means, ratios and set statistics over conditions that come in dependent groups."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from benchbench.core import Estimate, Uncertainty
from benchbench.core import uncertainty as kinds


def condition_means(values: np.ndarray) -> np.ndarray:
    """Return `float64[n]`: each condition's mean of `[n]`, of `[n, m]`, or over the pairs i ≠ j of `[n, K, K]`."""
    if values.ndim == 1:
        return values.astype(np.float64)
    if values.ndim == 2:
        return np.asarray(values.mean(1, dtype=np.float64))
    k = values.shape[1]
    return np.asarray((values.sum((1, 2), dtype=np.float64) - np.trace(values, axis1=1, axis2=2)) / (k * (k - 1)))


def mean_estimate(values: Sequence[float] | np.ndarray, groups: Sequence[str]) -> Estimate:
    """Return the mean of one value per condition with its standard error, clustered where conditions share a group.

    With one condition per group this is the usual s / √n; `None` stands for the error of a single group.
    """
    array = np.asarray(values, dtype=np.float64)
    n = len(array)
    mean = float(array.mean())
    names, index = np.unique(np.asarray(groups), return_inverse=True)
    g = len(names)
    if g < 2:
        return Estimate(mean, None, n)
    sums = np.bincount(index, weights=array - mean, minlength=g)
    error = float(np.sqrt((sums**2).sum() * g / (g - 1)) / n)
    return Estimate(mean, error, n, Uncertainty(kinds.STANDARD_ERROR, n, g))


def interval95(value: float, error: float | None, degrees: float | None) -> tuple[float, float] | None:
    """Return the 95 % interval of a value with its standard error, by Student's t with so many degrees of freedom.

    `None` without an error, or where the ± is no standard error and so has no degrees of freedom.
    """
    from scipy.special import stdtrit

    if error is None or degrees is None or degrees <= 0:
        return None
    margin = float(stdtrit(degrees, 0.975)) * error
    return value - margin, value + margin


def cube_root_interval95(value: float, error: float | None, degrees: float | None) -> tuple[float, float] | None:
    """Return the 95 % interval of a squared distance: Student's, of its cube root (Wilson & Hilferty 1931).

    Its law is nearly a scaled chi-squared, which leans to the right, and its error grows with it; cube roots are nearly
    normal. `None` where `interval95` has none, and for a value that is not above 0.
    """
    if error is None or value <= 0:
        return None
    root = value ** (1 / 3)
    interval = interval95(root, error * root / (3 * value), degrees)
    return interval and (max(0.0, interval[0]) ** 3, interval[1] ** 3)


def logarithm_interval95(
    value: float, error: float | None, degrees: float | None, offset: float = 0.0
) -> tuple[float, float] | None:
    """Return the 95 % interval of a number whose error grows in proportion with it: Student's, of its logarithm.

    Where a bias was taken off, as from an unbiased squared distance that may be below 0, `offset` is that bias: the
    logarithm is of their sum. `None` where `interval95` has none, and for a sum that is not above 0.
    """
    whole = value + offset
    if error is None or whole <= 0:
        return None
    interval = interval95(0.0, error / whole, degrees)
    return interval and (whole * math.exp(interval[0]) - offset, whole * math.exp(interval[1]) - offset)


def satterthwaite(parts: Sequence[tuple[float, float]]) -> float:
    """Return the degrees of freedom of a sum of independent variances, each given with its own (Satterthwaite 1946).

    A sum of 0 has those of its last part.
    """
    weight = sum(variance**2 / degrees for variance, degrees in parts)
    return float(sum(variance for variance, _ in parts) ** 2 / weight) if weight else float(parts[-1][1])


def block_of(groups: Sequence[str], blocks: int = 20) -> np.ndarray:
    """Return `int[n]`: the block of each condition; whole groups, dealt out in the order of their first appearance."""
    names = list(dict.fromkeys(groups))
    number = {name: i % min(blocks, len(names)) for i, name in enumerate(names)}
    return np.array([number[group] for group in groups])


def jackknife_estimate(value: float, left_out: Sequence[float], groups: Sequence[str]) -> Estimate:
    """Return the estimate from its value on all conditions and its values with one block left out.

    Efron & Tibshirani 1993, section 11.5; `None` stands for the error where there is a single block.
    """
    array, n = np.asarray(left_out, dtype=np.float64), len(groups)
    b = len(array)
    if b < 2:
        return Estimate(float(value), None, n)
    error = float(np.sqrt((b - 1) / b * ((array - array.mean()) ** 2).sum()))
    return Estimate(float(value), error, n, Uncertainty(kinds.JACKKNIFE, n, len(set(groups)), blocks=b))


def jackknife(statistic: Callable[[np.ndarray], float], groups: Sequence[str]) -> Estimate:
    """Return `statistic(indices of conditions)` on all of them, with its delete-a-block jackknife standard error."""
    block = block_of(groups)
    left_out = [statistic(np.flatnonzero(block != b)) for b in range(block.max() + 1)] if block.max() else []
    return jackknife_estimate(statistic(np.arange(len(groups))), left_out, groups)


def ratio_estimate(
    numerator: Sequence[float] | np.ndarray, denominator: Sequence[float] | np.ndarray, groups: Sequence[str]
) -> Estimate:
    """Return mean(numerator) / mean(denominator) over conditions, with its jackknife standard error."""
    top, bottom = np.asarray(numerator, dtype=np.float64), np.asarray(denominator, dtype=np.float64)
    return jackknife(lambda keep: float(top[keep].mean() / bottom[keep].mean()), groups)
