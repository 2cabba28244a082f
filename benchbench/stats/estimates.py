"""Uncertainty of means, ratios and set statistics over conditions that come in dependent groups."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from benchbench.core import Estimate, Uncertainty
from benchbench.core import uncertainty as kinds
from benchbench.core.noise import stream

REPLICATES = 2000
INNER_REPLICATES = 200


def condition_means(values: np.ndarray) -> np.ndarray:
    """Return `float64[n]`: each condition's mean of `[n]`, of `[n, m]`, or over the pairs i ≠ j of `[n, K, K]`."""
    if values.ndim == 1:
        return values.astype(np.float64)
    if values.ndim == 2:
        return np.asarray(values.mean(1, dtype=np.float64))
    k = values.shape[1]
    return np.asarray((values.sum((1, 2), dtype=np.float64) - np.trace(values, axis1=1, axis2=2)) / (k * (k - 1)))


def bootstrap(values: np.ndarray, groups: Sequence[str]) -> Estimate:
    """Return the mean over conditions, its bootstrap standard error and 95 % percentile interval; seeded.

    Groups of conditions are resampled, then what each condition's value is the mean of: `[n]` has nothing within,
    `[n, m]` m exchangeable values, `[n, K, K]` a value for each pair of K samples. Copies of one sample make no pair.
    Resampling few groups understates their spread by √((G - 1)/G), which is put right (Davison & Hinkley 1997, 2.4).
    """
    n = len(values)
    means = condition_means(values)
    mean = float(means.mean())
    _, index = np.unique(np.asarray(groups), return_inverse=True)
    g = int(index.max()) + 1
    if g < 2:
        return Estimate(mean, None, n)
    generator = stream("bootstrap", n, *values.shape[1:])
    within = _within(values, generator) if values.ndim > 1 else means[:, None]
    sums = np.zeros((g, within.shape[1]))
    np.add.at(sums, index, within)
    drawn = generator.integers(g, size=(REPLICATES, g))
    inner = generator.integers(within.shape[1], size=(REPLICATES, g))
    replicates = sums[drawn, inner].sum(1) / np.bincount(index)[drawn].sum(1)
    widen = np.sqrt(g / (g - 1))
    low, high = (mean + (np.quantile(replicates, q) - mean) * widen for q in (0.025, 0.975))
    kind = kinds.BOOTSTRAP if values.ndim == 1 else kinds.TWO_LEVEL_BOOTSTRAP
    error = float(replicates.std() * widen)
    return Estimate(mean, error, n, Uncertainty(kind, n, g), (float(low), float(high)))


def _within(values: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Return `float64[n, R]`: each condition's mean over what is drawn again within it, R times."""
    n, m = values.shape[:2]
    weights = generator.multinomial(m, np.full(m, 1 / m), size=(n, INNER_REPLICATES)).astype(np.float64)
    if values.ndim == 2:
        return np.asarray(np.einsum("nrm,nm->nr", weights, values) / m)
    pairs = values * (1 - np.eye(m))
    totals = np.einsum("nrk,nrk->nr", weights @ pairs, weights)
    number = m * m - (weights**2).sum(2)  # 0 where one sample was drawn every time
    return np.where(number > 0, totals / np.maximum(number, 1), condition_means(values)[:, None])


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
