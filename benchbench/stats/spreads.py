"""How much a method's mean varies from training to training, learned from all methods of a board together; pure.

Three trainings tell little of a variance. So the variances σ² of all methods are taken as draws of one law, the scaled
inverse chi-squared of Smyth (2004, section 3): d₀ s₀² / σ² is chi-squared with d₀ degrees of freedom. Its likelihood
over d₀ and s₀² is that of the rows' variances (s² / s₀² has an F law); both are integrated out, not estimated: with few
rows, or rows that differ wildly, an estimate would claim too much. What is left for each method is a law of its own σ².
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchbench.stats.paired import Values

STEP, REACH, BELOW, ABOVE = 0.125, 6.0, 12.0, 12.0
"""Of the grid, in logarithms of a variance: its step; how far s₀² may be from the median, and σ² below and above."""
PRIOR_DEGREES = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, np.inf)
"""Values of d₀: from rows that say next to nothing of each other, to equal variances."""
PRIOR_WEIGHTS = (1, 1, 1, 1, 1, 1, 2)
"""How likely each is beforehand; s₀² is uniform in its logarithm."""
LEAST = 1e-5
"""Of the median variance: a smaller one counts as this, as in limma; trainings may agree by chance or by rounding."""


@dataclass(frozen=True)
class Spreads:
    """What is known of how much each of M methods' mean over its trainings varies."""

    grid: np.ndarray
    """`float64[G]`: logarithms of a variance between trainings."""
    cumulated: np.ndarray
    """`float64[M, G]`: the distribution function of each method's, on the grid."""
    per_mean: np.ndarray
    """`float64[M]`: the variance of a mean is that of a training times this; 0 where nothing was trained."""
    deviation: float
    """The typical standard deviation between trainings: the median for a method of which nothing else is known."""
    degrees: float
    """d₀, how many degrees of freedom the methods lend each other: its posterior median; may be infinite."""

    def quantiles(self, at: np.ndarray) -> np.ndarray:
        """Return `float64[M, R]`: quantiles of the variance of each method's mean, at `float64[M, R]`."""
        pairs = zip(at, self.cumulated, strict=True)
        logs = np.stack([np.interp(own, law, self.grid) for own, law in pairs])
        return np.asarray(np.exp(logs) * self.per_mean[:, None])


def learned(values: Sequence[Values], trained: Sequence[bool]) -> Spreads | None:
    """Return the spreads of methods given their values per training, `float[S, n]` or `float[n]` for one training.

    A trained method with one training has the law of the others. `None` where no method has several trainings that
    differ: then nothing is known, and only the conditions can be tested.
    """
    means = [np.atleast_2d(np.asarray(each, dtype=np.float64)).mean(1) for each in values]
    number = np.array([len(each) for each in means])
    degrees = np.where(trained, number - 1, 0)
    squares = np.array([each.var(ddof=1) if several else 0.0 for each, several in zip(means, degrees > 0, strict=True)])
    if not (squares > 0).any():
        return None
    centre = float(np.median(squares[squares > 0]))
    logs = np.log(np.maximum(squares / centre, LEAST))
    grid, scales, prior = _priors()
    weights = _hyperposterior(logs[degrees > 0], degrees[degrees > 0], scales)
    law = _law(logs, degrees, grid, weights, prior)
    typical = weights.reshape(-1) @ prior.reshape(-1, len(grid))
    return Spreads(
        grid + np.log(centre),
        law.cumsum(1) - law / 2,
        np.where(trained, 1 / number, 0.0),
        float(np.sqrt(centre * np.exp(np.interp(0.5, typical.cumsum() - typical / 2, grid)))),
        PRIOR_DEGREES[int(np.searchsorted(weights.sum(1).cumsum(), 0.5))],
    )


@functools.cache
def _priors() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the grid of log σ² `[G]`, that of log s₀² `[T]`, and the law of σ² for each d₀ and s₀², `[D, T, G]`."""
    grid = STEP * np.arange(-round(BELOW / STEP), round(ABOVE / STEP) + 1)
    scales = grid[np.abs(grid) <= REACH]
    away = grid - scales[:, None]  # log σ²/s₀²
    laws = []
    for d0 in PRIOR_DEGREES:
        point = (np.abs(away) < STEP / 2).astype(float)
        density = point if np.isinf(d0) else np.exp(-d0 / 2 * (away + np.expm1(-away)))
        laws.append(density / density.sum(1, keepdims=True))
    return grid, scales, np.stack(laws)


def _hyperposterior(logs: np.ndarray, degrees: np.ndarray, scales: np.ndarray) -> np.ndarray:
    """Return `float64[D, T]`: the weights of d₀ and s₀², given the logarithms of the rows' variances `[M]`."""
    from scipy.special import gammaln

    ratio, half = logs - scales[:, None], degrees / 2  # log s²/s₀²
    weights = []
    for d0, before in zip(PRIOR_DEGREES, PRIOR_WEIGHTS, strict=True):
        if np.isinf(d0):
            likelihood = half * (np.log(half) + ratio - np.exp(ratio)) - gammaln(half)
        else:
            odds = np.log(degrees / d0) + ratio
            likelihood = gammaln(half + d0 / 2) - gammaln(half) - gammaln(d0 / 2) + half * odds
            likelihood -= (half + d0 / 2) * np.logaddexp(0, odds)
        weights.append(likelihood.sum(1) + np.log(before))
    found = np.exp(np.stack(weights) - np.max(weights))
    return np.asarray(found / found.sum())


def _law(logs: np.ndarray, degrees: np.ndarray, grid: np.ndarray, weights: np.ndarray, prior: np.ndarray) -> np.ndarray:
    """Return `float64[M, G]`: the law of each method's log σ², given its own variance and what all say of the prior."""
    ratio = logs[:, None] - grid
    likelihood = degrees[:, None] / 2 * (ratio - np.exp(ratio))
    likelihood = np.exp(likelihood - likelihood.max(1, keepdims=True))
    flat = prior.reshape(-1, len(grid))
    evidence = np.maximum(likelihood @ flat.T, np.finfo(float).tiny)
    law = likelihood * ((weights.reshape(-1) / evidence) @ flat)
    return np.asarray(law / law.sum(1, keepdims=True))
