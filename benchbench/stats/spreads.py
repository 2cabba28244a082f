"""How much a method's mean varies from training to training, learned from all methods of a board together; pure.

Three trainings tell little of a variance. So the variances σ² of all methods are taken as draws of one law, the scaled
inverse chi-squared of Smyth (2004, section 3): d₀ s₀² / σ² is chi-squared with d₀ degrees of freedom. Its likelihood
over d₀ and s₀² is that of the rows' variances (s² / s₀² has an F law); both are integrated out, not estimated: with few
rows, or rows that differ wildly, an estimate would claim too much. What is left for each method is a law of its own σ².

That law has no outliers: a method that varies ten times as much as the others, but whose two trainings happen to agree,
is taken for one of them. So a share w of the methods may be of a second law of the same kind, whose scale is `FARTHER`
times as large (a contaminated law, as in Tukey 1960); w is integrated out too. With w = 0 alone the first law is left.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from benchbench.stats.paired import Values

STEP, REACH, BELOW, ABOVE = 0.125, 6.0, 12.0, 12.0
"""Of the grid, in logarithms of a variance: its step; how far s₀² may be from the median, and σ² below and above."""
PRIOR_DEGREES = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, np.inf)
"""Values of d₀: from rows that say next to nothing of each other, to equal variances."""
PRIOR_WEIGHTS = (1, 1, 1, 1, 1, 1, 2)
"""How likely each is beforehand; s₀² is uniform in its logarithm."""
FARTHER, FARTHER_DEGREES = 100.0, 4.0
"""Of outliers: how many times s₀² their scale is, and the degrees of freedom of their law."""
Outliers: TypeAlias = tuple[tuple[float, float], ...]
"""Values of w, the share of outliers, and how likely each is beforehand."""
NO_OUTLIERS: Outliers = ((0.0, 1.0),)
OUTLIERS: Outliers = ((0.0, 0.3), (0.1, 0.4), (0.5, 0.3))
"""None, a few, or half of all methods."""
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


def learned(values: Sequence[Values], trained: Sequence[bool], outliers: Outliers = OUTLIERS) -> Spreads | None:
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
    grid, scales, prior = _priors(_some(outliers))
    weights = _hyperposterior(logs[degrees > 0], degrees[degrees > 0], scales, outliers)
    law = _law(logs, degrees, grid, weights, prior, outliers)
    typical = _by_law(weights, outliers).reshape(-1) @ prior.reshape(-1, len(grid))
    return Spreads(
        grid + np.log(centre),
        law.cumsum(1) - law / 2,
        np.where(trained, 1 / number, 0.0),
        float(np.sqrt(centre * np.exp(np.interp(0.5, typical.cumsum() - typical / 2, grid)))),
        PRIOR_DEGREES[int(np.searchsorted(weights.sum((0, 2)).cumsum(), 0.5))],
    )


def _some(outliers: Outliers) -> bool:
    return any(share > 0 for share, _ in outliers)


@functools.cache
def _priors(outliers: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the grid of log σ² `[G]`, that of log s₀² `[T]`, and the laws of σ² for each d₀ and s₀², `[L, T, G]`.

    There are L = D laws, and where there may be outliers theirs is one more, the last.
    """
    grid = STEP * np.arange(-round(BELOW / STEP), round(ABOVE / STEP) + 1)
    scales = grid[np.abs(grid) <= REACH]
    laws = []
    for d0, times in [(each, 1.0) for each in PRIOR_DEGREES] + [(FARTHER_DEGREES, FARTHER)] * outliers:
        away = grid - scales[:, None] - np.log(times)  # log of σ² over its scale
        point = (np.abs(away) < STEP / 2).astype(float)
        density = point if np.isinf(d0) else np.exp(-d0 / 2 * (away + np.expm1(-away)))
        laws.append(density / density.sum(1, keepdims=True))
    return grid, scales, np.stack(laws)


def _hyperposterior(logs: np.ndarray, degrees: np.ndarray, scales: np.ndarray, outliers: Outliers) -> np.ndarray:
    """Return `float64[W, D, T]`: the weights of w, d₀ and s₀², given the logarithms of the rows' variances `[M]`."""
    ratio = logs - scales[:, None]  # log s²/s₀²
    near = np.stack([_likelihood(ratio, degrees, d0) for d0 in PRIOR_DEGREES])
    far = _likelihood(ratio - np.log(FARTHER), degrees, FARTHER_DEGREES)
    before = np.log(PRIOR_WEIGHTS)[:, None]
    weights = []
    for share, chance in outliers:
        rows = np.logaddexp(np.log1p(-share) + near, np.log(share) + far) if share else near
        weights.append(rows.sum(-1) + before + np.log(chance))
    found = np.exp(np.stack(weights) - np.max(weights))
    return np.asarray(found / found.sum())


def _likelihood(ratio: np.ndarray, degrees: np.ndarray, d0: float) -> np.ndarray:
    """Return `float64[T, M]`: the log density (an F law) of each row's log s², given log s²/s₀² `[T, M]` and d₀."""
    from scipy.special import gammaln

    half = degrees / 2
    if np.isinf(d0):
        return np.asarray(half * (np.log(half) + ratio - np.exp(ratio)) - gammaln(half))
    odds = np.log(degrees / d0) + ratio
    likelihood = gammaln(half + d0 / 2) - gammaln(half) - gammaln(d0 / 2) + half * odds
    return np.asarray(likelihood - (half + d0 / 2) * np.logaddexp(0, odds))


def _law(
    logs: np.ndarray,
    degrees: np.ndarray,
    grid: np.ndarray,
    weights: np.ndarray,
    prior: np.ndarray,
    outliers: Outliers,
) -> np.ndarray:
    """Return `float64[M, G]`: the law of each method's log σ², given its own variance and what all say of the prior."""
    ratio = logs[:, None] - grid
    likelihood = degrees[:, None] / 2 * (ratio - np.exp(ratio))
    likelihood = np.exp(likelihood - likelihood.max(1, keepdims=True))
    flat = prior.reshape(-1, len(grid))
    of_laws = np.maximum(likelihood @ flat.T, np.finfo(float).tiny).reshape(len(logs), *prior.shape[:2])
    evidence = np.stack([_mixed(of_laws, share) for share, _ in outliers], 1)
    law = likelihood * (_by_law(weights / evidence, outliers).reshape(len(logs), -1) @ flat)
    return np.asarray(law / law.sum(1, keepdims=True))


def _mixed(of_laws: np.ndarray, share: float) -> np.ndarray:
    """Return `float64[M, D, T]`: of each d₀ and s₀² with so many outliers, given `[M, L, T]` of each law."""
    near = of_laws[:, : len(PRIOR_DEGREES)]
    return (1 - share) * near + share * of_laws[:, -1:] if share else near


def _by_law(weights: np.ndarray, outliers: Outliers) -> np.ndarray:
    """Return `float64[..., L, T]`: how much each law counts, given the weights `[..., W, D, T]`."""
    share = np.array([each for each, _ in outliers])[:, None, None]
    near, far = ((1 - share) * weights).sum(-3), (share * weights).sum((-3, -2))
    return np.concatenate([near, far[..., None, :]], -2) if _some(outliers) else near
