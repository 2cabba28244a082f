"""All pairs of many methods tested together, with the variance between trainings that they share; pure.

What the differences of M methods would be if no two of them differed is simulated: the noise of the conditions follows
the residuals, clustered by group (Rademacher's place taken by normal weights; Student's t over groups), and the
noise of the trainings the law of each method's variance. A difference counts by how often the largest of all simulated
differences is larger (Westfall & Young 1993, step-down). Corrections that know the number of pairs alone, as Holm's,
lose most of their power here: one method whose trainings vary much is in M - 1 pairs at once.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence

import numpy as np

from benchbench.core.noise import stream
from benchbench.stats.paired import LEVEL, Values, grouping
from benchbench.stats.ranking import Pairs, uncorrected
from benchbench.stats.spreads import Spreads

DRAWS, FEWER, MANY = 4000, 500, 20_000
"""How often the differences are drawn; of more than `MANY` pairs as often as `FEWER`."""
BLOCK = 64
"""Pairs whose differences are looked at together: what a processor keeps near it."""
WIDE = 0.99
"""The quantile of a variance between trainings by which a difference is scaled: tails, not middles, make errors."""


def simultaneous(
    values: Sequence[Values], groups: Sequence[int], spreads: Spreads | None = None, level: float = LEVEL
) -> Pairs:
    """Return every pair of methods, given the values of each, with p adjusted for all pairs together.

    Without `spreads` the conditions alone are drawn again, not the trainings. `adjusted` is exact up to `level`: in
    each round what is significant leaves, and the rest is held against the largest difference of the rest. Seeded.
    """
    means = [np.atleast_2d(np.asarray(each, dtype=np.float64)).mean(0) for each in values]
    pairs = uncorrected(list(means), groups)
    if not len(pairs) or pairs.tests[0].error is None:
        return pairs
    draws = DRAWS if len(pairs) <= MANY else FEWER
    noise = _noise(np.stack(means), groups, spreads, draws)
    if len(pairs) > MANY:
        noise = noise.astype(np.float32)  # seven digits of what is drawn FEWER times, in half of the time
    wide = np.zeros(len(means)) if spreads is None else spreads.quantiles(np.full((len(means), 1), WIDE))[:, 0]
    errors = np.concatenate([each.error for each in pairs.tests if each.error is not None])
    scale = np.sqrt(errors**2 + wide[pairs.first] + wide[pairs.second])
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.where(pairs.value == 0, 0.0, np.abs(pairs.value) / scale)  # infinite where nothing varies
    return dataclasses.replace(pairs, adjusted=_adjusted(found, noise, scale, pairs, level))


def _noise(means: np.ndarray, groups: Sequence[int], spreads: Spreads | None, draws: int) -> np.ndarray:
    """Return `float64[M, draws]`: what chance alone adds to each method's mean."""
    grouped = grouping(groups)
    g, (number, n) = grouped.number, means.shape
    centred = means - means.mean(1, keepdims=True)
    sums = np.zeros((number, g))
    np.add.at(sums.T, grouped.index, centred.T)
    of_conditions, uniform, normal = _drawn(number, n, g, draws)
    noise = sums @ of_conditions
    if spreads is not None:
        noise += np.sqrt(spreads.quantiles(uniform)) * normal
    return np.asarray(noise)


@functools.lru_cache(maxsize=1)
def _drawn(number: int, n: int, g: int, draws: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what chance is made of: weights of groups `[g, draws]`; uniform, normal `[M, draws]`."""
    generator = stream("simultaneous", number, n, g)
    student = np.sqrt((g - 1) / generator.chisquare(g - 1, draws))
    weights = generator.standard_normal((g, draws)) * (np.sqrt(g / (g - 1)) / n * student)
    return weights, generator.random((number, draws)), generator.standard_normal((number, draws))


def _adjusted(found: np.ndarray, noise: np.ndarray, scale: np.ndarray, pairs: Pairs, level: float) -> np.ndarray:
    """Return `float64[P]`: of each scaled difference, how often the largest simulated one of those left is as large."""
    adjusted, left = np.ones(len(found)), np.ones(len(found), dtype=bool)
    while left.any():
        largest = np.sort(_largest(noise, scale, pairs, left))
        share = 1 - np.searchsorted(largest, found, side="left") / len(largest)
        adjusted[left] = np.maximum(share[left], 1 / len(largest))
        adjusted[left & np.isinf(found)] = 0
        significant = left & (adjusted <= level)
        if not significant.any():
            break
        left &= ~significant
    return adjusted


def _largest(noise: np.ndarray, scale: np.ndarray, pairs: Pairs, left: np.ndarray) -> np.ndarray:
    """Return `float64[draws]`: the largest scaled difference of the pairs that are left, one method at a time."""
    largest, start = np.zeros(noise.shape[1], noise.dtype), 0
    scale = scale.astype(noise.dtype)
    for method in range(pairs.number - 1):
        own = slice(start, start + pairs.number - 1 - method)
        chosen = np.flatnonzero(left[own] & (scale[own] > 0))
        for block in range(0, len(chosen), BLOCK):
            places = chosen[block : block + BLOCK]
            away = _rows(noise, method + 1 + places) - noise[method]
            np.abs(away, out=away)
            away /= scale[own][places, None]
            np.maximum(largest, away.max(0), out=largest)
        start = own.stop
    return largest


def _rows(noise: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return the rows at ascending places: a view, without a copy, where none is left out."""
    first, last = int(places[0]), int(places[-1])
    return noise[first : last + 1] if last - first + 1 == len(places) else noise[places]
