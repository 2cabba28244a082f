"""Uncertainty of means, ratios and set statistics over conditions that come in dependent groups."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from benchbench.core import Estimate


def mean_estimate(values: Sequence[float] | np.ndarray, groups: Sequence[str]) -> Estimate:
    """Return the mean of one value a condition with its standard error, clustered where conditions share a group.

    With one condition a group this is the usual s / √n; `None` stands for the error of a single group.
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
    return Estimate(mean, error, n, _named("standard error", g, n))


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
    return Estimate(float(value), error, n, _named(f"jackknife standard error, {b} blocks", len(set(groups)), n))


def jackknife(statistic: Callable[[np.ndarray], float], groups: Sequence[str]) -> Estimate:
    """Return `statistic(indices of conditions)` on all of them, with its delete-a-block jackknife standard error."""
    block = block_of(groups)
    left_out = [statistic(np.flatnonzero(block != b)) for b in range(block.max() + 1)] if block.max() else []
    return jackknife_estimate(statistic(np.arange(len(groups))), left_out, groups)


def ratio_estimate(numerator: Sequence[float], denominator: Sequence[float], groups: Sequence[str]) -> Estimate:
    """Return mean(numerator) / mean(denominator) over conditions, with its jackknife standard error."""
    top, bottom = np.asarray(numerator, dtype=np.float64), np.asarray(denominator, dtype=np.float64)
    return jackknife(lambda keep: float(top[keep].mean() / bottom[keep].mean()), groups)


def _named(kind: str, groups: int, n: int) -> str:
    return f"{kind} over {n} conditions" if groups == n else f"{kind} over {n} conditions in {groups} groups"
