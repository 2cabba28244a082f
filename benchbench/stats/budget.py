"""The best score for a budget: the law of the least of n scores drawn from those of many runs; pure.

Lucic et al., "Are GANs Created Equal?", NeurIPS 2018 (arXiv 1711.10337), section 5: what a method reaches depends on
how many settings one can afford to try, so it is shown as a function of their number.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np


def least_weights(number: int, draws: int, replace: bool = True) -> np.ndarray:
    """Return `float64[N]`: the probability that the least of n draws is the i-th least of N different scores.

    With replacement ((N - i)ⁿ - (N - i - 1)ⁿ) / Nⁿ for i = 0 .. N - 1; without it C(N - i - 1, n - 1) / C(N, n).
    """
    if draws < 1 or number < 1 or (draws > number and not replace):
        raise ValueError(f"{draws} draws of {number} scores{'' if replace else ' without replacement'}")
    if replace:
        left = np.arange(number, -1, -1, dtype=np.float64) / number
        return np.asarray(left[:-1] ** draws - left[1:] ** draws)
    every = math.comb(number, draws)
    return np.array([math.comb(number - i - 1, draws - 1) / every for i in range(number)])


def least_moments(scores: Sequence[float] | np.ndarray, draws: int, replace: bool = True) -> tuple[float, float]:
    """Return mean and standard deviation of the least of n draws of the scores: the limit of endless resampling."""
    ordered = np.sort(np.asarray(scores, dtype=np.float64))
    weights = least_weights(len(ordered), draws, replace)
    mean = float(weights @ ordered)
    return mean, float(np.sqrt(weights @ (ordered - mean) ** 2))


def bootstrap_least(
    scores: Sequence[float] | np.ndarray, most: int, generator: np.random.Generator, resamples: int = 5000
) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation, `float64[most]` each, of the least of 1 .. most draws with replacement.

    Over so many resamples, as published. One resample serves all budgets, the first n of its draws for a budget of n,
    so the means never rise with n.
    """
    values = np.asarray(scores, dtype=np.float64)
    if not len(values) or most < 1:
        raise ValueError(f"budgets up to {most} of {len(values)} scores")
    least = np.full(resamples, np.inf)
    means, deviations = np.empty(most), np.empty(most)
    for place in range(most):
        np.minimum(least, values[generator.integers(len(values), size=resamples)], out=least)
        means[place], deviations[place] = least.mean(), least.std()
    return means, deviations
