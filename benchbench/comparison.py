"""Methods compared on the same conditions: paired differences, Holm's correction, ranges of ranks; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeAlias

import numpy as np

LEVEL = 0.05
ROUNDING = 1e-6
"""A difference of this share of the largest value is no difference: embeddings have single precision."""
Values: TypeAlias = "Sequence[float] | Sequence[Sequence[float]] | np.ndarray"
"""Of a method: one a condition, `float[n]`, or those of several trainings, `float[S, n]`."""


@dataclass(frozen=True)
class Difference:
    """How much higher one method scores than another on the same conditions."""

    value: float
    """The mean over conditions of the first method's score less the second's."""
    standard_error: float | None
    """Of the mean, clustered by group, and of training anew where there are several seeds; `None` with a single group,
    which tells nothing."""
    degrees: float
    """Degrees of freedom of the t-test: groups less one, or those of Welch and Satterthwaite with several seeds."""
    p: float
    """Two-sided, of the one test alone."""
    interval95: tuple[float, float] | None
    """Of the one difference alone."""
    n: int
    """How many conditions."""
    seeds: tuple[int, int] = (1, 1)
    """How many trainings of each of the two methods."""


@dataclass(frozen=True)
class Pair:
    """Two methods of several, by their places, and the test of their difference as one of many."""

    first: int
    second: int
    difference: Difference
    adjusted: float
    """p after Holm's correction."""


def paired_difference(first: Values, second: Values, groups: Sequence[int]) -> Difference:
    """Return the mean paired difference with its clustered standard error and t-test.

    Values are `float[n]`, one a condition, or `float[S, n]` of S trainings that differ in their seed alone. Conditions
    of one group are not independent; G groups of one condition each give the usual paired t-test with G - 1 degrees of
    freedom. With several trainings the means over them are compared, and to the variance over conditions comes that of
    each method's mean over its trainings (Welch 1947, Satterthwaite 1946); a single training tells nothing of that.
    """
    return _differences([(_trainings(first), _trainings(second))], groups)[0]


def cohens_d(first: Values, second: Values) -> float | None:
    """Return the mean paired difference in standard deviations of the differences over conditions (Cohen's d_z).

    `None` where all conditions differ by the same, so that there is no deviation.
    """
    differences = _paired(first, second)
    deviation = float(differences.std(ddof=1))
    mean = float(differences.mean())
    if deviation <= ROUNDING * abs(mean):
        return None if mean else 0.0
    return mean / deviation


def win_rate(first: Values, second: Values, higher_is_better: bool | None) -> float:
    """Return the share of conditions where the first is better, or higher where neither side is; a tie is half."""
    differences = _paired(first, second) * (-1 if higher_is_better is False else 1)
    return float((differences > 0).mean() + (differences == 0).mean() / 2)


def _paired(first: Values, second: Values) -> np.ndarray:
    """Return `float64[n]`: the differences of the means over trainings; what is rounding alone is 0."""
    one, other = _trainings(first).mean(0), _trainings(second).mean(0)
    differences = one - other
    differences[np.abs(differences) <= ROUNDING * max(np.abs(one).max(), np.abs(other).max())] = 0
    return np.asarray(differences)


def most_different(first: Values, second: Values, number: int) -> list[int]:
    """Return the places of the conditions where two methods differ most, the largest difference first."""
    differences = np.abs(_paired(first, second))
    return [int(i) for i in np.argsort(-differences, kind="stable")[:number] if differences[i] > 0]


def _trainings(values: Values) -> np.ndarray:
    """Return `float64[S, n]`."""
    return np.atleast_2d(np.asarray(values, dtype=np.float64))


def _differences(pairs: Sequence[tuple[np.ndarray, np.ndarray]], groups: Sequence[int]) -> list[Difference]:
    """Return the differences of pairs of `float64[S, n]` and `float64[T, n]`, worked out together."""
    from scipy.stats import t

    for one, other in pairs:
        if not one.shape[1] == other.shape[1] == len(groups):
            raise ValueError(
                f"paired values are one a condition: {one.shape[1]}, {other.shape[1]}, and {len(groups)} groups"
            )
    n, g = len(groups), len(set(groups))
    means = [(one.mean(0), other.mean(0)) for one, other in pairs]
    differences = np.stack([one - other for one, other in means])
    largest = np.array([max(np.abs(one).max(), np.abs(other).max()) for one, other in means])
    differences[np.abs(differences) <= ROUNDING * largest[:, None]] = 0
    values, seeds = differences.mean(1), [(len(one), len(other)) for one, other in pairs]
    if g < 2:
        return [Difference(float(value), None, 0, 1.0, None, n, s) for value, s in zip(values, seeds, strict=True)]
    errors, degrees = _errors(differences, groups), np.full(len(pairs), g - 1.0)
    for i, both in enumerate(pairs):
        if seeds[i] != (1, 1):
            errors[i], degrees[i] = _with_trainings(errors[i], g - 1, both)
    certain = errors <= ROUNDING**2 * np.abs(values)  # constant, up to the rounding of their mean
    errors[certain] = 0
    margins = t.ppf(0.975, degrees) * errors
    with np.errstate(divide="ignore", invalid="ignore"):
        p = np.where(certain, values == 0, 2 * t.sf(np.abs(values) / errors, degrees))
    return [
        Difference(
            float(values[i]),
            float(errors[i]),
            g - 1 if seeds[i] == (1, 1) else float(degrees[i]),
            float(p[i]),
            (float(values[i] - margins[i]), float(values[i] + margins[i])),
            n,
            seeds[i],
        )
        for i in range(len(pairs))
    ]


def _errors(differences: np.ndarray, groups: Sequence[int]) -> np.ndarray:
    """Return `float64[P]`: the standard error of each row's mean, clustered by group, as `mean_estimate` has it."""
    (number, n), (names, index) = differences.shape, np.unique([str(each) for each in groups], return_inverse=True)
    g = len(names)
    places = (np.arange(number)[:, None] * g + index).ravel()
    centred = differences - differences.mean(1, keepdims=True)
    sums = np.bincount(places, weights=centred.ravel(), minlength=number * g).reshape(number, g)
    return np.asarray(np.sqrt((sums**2).sum(1) * g / (g - 1)) / n)


def _with_trainings(error: float, degrees: int, both: tuple[np.ndarray, np.ndarray]) -> tuple[float, float]:
    """Return the error with the spread of trainings in it, and its degrees of freedom."""
    parts = [(error**2, degrees)]
    parts += [(each.mean(1).var(ddof=1) / len(each), len(each) - 1) for each in both if len(each) > 1]
    whole = sum(variance for variance, _ in parts)
    spread = sum(variance**2 / own for variance, own in parts)
    return float(np.sqrt(whole)), float(whole**2 / spread) if spread > 0 else float(degrees)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return the p-values adjusted for their number (Holm 1979), in their order: reject those up to the level."""
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for place, index in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        highest = max(highest, min(1.0, (len(p_values) - place) * p_values[index]))
        adjusted[index] = highest
    return adjusted


def pairwise(values: Sequence[Values], groups: Sequence[int]) -> list[Pair]:
    """Return every pair of methods, given the values of each method, corrected for the number of pairs."""
    methods = [_trainings(each) for each in values]
    places = list(combinations(range(len(methods)), 2))
    differences = [
        difference
        for i in range(len(methods) - 1)  # one method against all others at a time: memory stays small
        for difference in _differences([(methods[i], other) for other in methods[i + 1 :]], groups)
    ]
    adjusted = holm([difference.p for difference in differences])
    return [Pair(i, j, difference, p) for (i, j), difference, p in zip(places, differences, adjusted, strict=True)]


def rank_ranges(
    pairs: Sequence[Pair], number: int, higher_is_better: bool, level: float = LEVEL
) -> list[tuple[int, int]]:
    """Return each method's best and worst rank: behind all that are significantly better, before all that are worse."""
    better, worse = [0] * number, [0] * number
    for pair in pairs:
        if pair.adjusted <= level:
            first_wins = (pair.difference.value > 0) == higher_is_better
            winner, loser = (pair.first, pair.second) if first_wins else (pair.second, pair.first)
            worse[winner] += 1
            better[loser] += 1
    return [(1 + above, number - below) for above, below in zip(better, worse, strict=True)]


def indistinguishable(pairs: Sequence[Pair], level: float = LEVEL) -> list[tuple[int, ...]]:
    """Return the largest sets of two methods or more, no two of which differ significantly; a method may be in many."""
    alike: dict[int, set[int]] = {}
    for pair in pairs:
        if pair.adjusted > level:
            alike.setdefault(pair.first, set()).add(pair.second)
            alike.setdefault(pair.second, set()).add(pair.first)
    return sorted(tuple(sorted(clique)) for clique in _cliques(set(), set(alike), set(), alike) if len(clique) > 1)


def _cliques(inside: set[int], left: set[int], out: set[int], alike: dict[int, set[int]]) -> Iterator[set[int]]:
    """Yield the maximal cliques that hold `inside` (Bron & Kerbosch 1973, with a pivot)."""
    if not left and not out:
        yield inside
        return
    pivot = max(left | out, key=lambda i: len(alike[i] & left))
    for i in sorted(left - alike[pivot]):
        yield from _cliques(inside | {i}, left & alike[i], out & alike[i], alike)
        left, out = left - {i}, out | {i}
