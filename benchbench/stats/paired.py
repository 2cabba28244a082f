"""Methods compared on the same conditions: paired differences, Holm's correction, ranges of ranks; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, islice
from typing import TypeAlias

import numpy as np

LEVEL = 0.05
ROUNDING = 1e-6
"""A difference of this share of the largest value is no difference: embeddings have single precision."""
MOST_SETS = 1000
"""Sets of methods that are not distinguishable: no more are looked for."""
Values: TypeAlias = "Sequence[float] | Sequence[Sequence[float]] | np.ndarray"
"""Of a method: one per condition, `float[n]`, or those of several trainings, `float[S, n]`."""


@dataclass(frozen=True)
class Difference:
    """How much higher one method scores than another on the same conditions."""

    value: float
    """The mean over conditions of the first method's score less the second's."""
    standard_error: float | None
    """Of the mean, clustered by group, and of training again where there are several seeds; `None` with a single group,
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

    Values are `float[n]`, one per condition, or `float[S, n]` of the S trainings of a row. Conditions
    of one group are not independent; G groups of one condition each give the usual paired t-test with G - 1 degrees of
    freedom. With several trainings the means over them are compared, and to the variance over conditions comes that of
    each method's mean over its trainings (Welch 1947, Satterthwaite 1946); a single training tells nothing of that.
    """
    return _differences(_method(first), [_method(second)], _grouping(groups))[0]


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


@dataclass(frozen=True)
class _Method:
    """What the tests need of a method, computed once for all of its pairs."""

    mean: np.ndarray
    """`float64[n]`: over trainings."""
    largest: float
    seeds: int
    spread: float
    """The variance of the mean over trainings; 0 where one tells nothing of it."""


def _method(values: Values) -> _Method:
    trainings = _trainings(values)
    seeds, mean = len(trainings), trainings.mean(0)
    spread = float(trainings.mean(1).var(ddof=1) / seeds) if seeds > 1 else 0.0
    return _Method(mean, float(np.abs(mean).max(initial=0)), seeds, spread)


@dataclass(frozen=True)
class _Grouping:
    """Which conditions are not independent: the group of each, numbered from 0, and how many groups there are."""

    index: np.ndarray
    number: int


def _grouping(groups: Sequence[int]) -> _Grouping:
    names, index = np.unique([str(each) for each in groups], return_inverse=True)
    return _Grouping(index, len(names))


def _differences(one: _Method, others: Sequence[_Method], grouping: _Grouping) -> list[Difference]:
    """Return the differences of a method to each of others, computed together."""
    from scipy.stats import t

    n, g = len(grouping.index), grouping.number
    for other in others:
        if not len(one.mean) == len(other.mean) == n:
            raise ValueError(f"paired values are one per condition: {len(one.mean)}, {len(other.mean)}, and {n} groups")
    differences = one.mean - np.stack([other.mean for other in others])
    largest = np.maximum([other.largest for other in others], one.largest)
    differences[np.abs(differences) <= ROUNDING * largest[:, None]] = 0
    values, seeds = differences.mean(1), [(one.seeds, other.seeds) for other in others]
    if g < 2:
        return [Difference(float(value), None, 0, 1.0, None, n, s) for value, s in zip(values, seeds, strict=True)]
    errors = _errors(differences, grouping)
    degrees = np.full(len(others), g - 1.0)
    several = np.array([both != (1, 1) for both in seeds])
    if several.any():
        spreads = np.array([other.spread for other in others])
        numbers = np.array([other.seeds for other in others])
        whole = errors**2 + one.spread + spreads
        parts = errors**4 / (g - 1) + one.spread**2 / max(1, one.seeds - 1) + spreads**2 / np.maximum(1, numbers - 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            degrees = np.where(several & (parts > 0), whole**2 / parts, degrees)
        errors = np.where(several, np.sqrt(whole), errors)
    errors[errors <= ROUNDING**2 * np.abs(values)] = 0  # constant, up to the rounding of their mean
    margins = t.ppf(0.975, degrees) * errors
    with np.errstate(divide="ignore", invalid="ignore"):
        p = np.where(errors == 0, values == 0, 2 * t.sf(np.abs(values) / errors, degrees))
    return [
        Difference(
            float(values[i]),
            float(errors[i]),
            float(degrees[i]) if several[i] else g - 1,
            float(p[i]),
            (float(values[i] - margins[i]), float(values[i] + margins[i])),
            n,
            seeds[i],
        )
        for i in range(len(others))
    ]


def _errors(differences: np.ndarray, grouping: _Grouping) -> np.ndarray:
    """Return `float64[P]`: the standard error of each row's mean, clustered by group, as `mean_estimate` has it."""
    (number, n), g = differences.shape, grouping.number
    places = (np.arange(number)[:, None] * g + grouping.index).ravel()
    centred = differences - differences.mean(1, keepdims=True)
    sums = np.bincount(places, weights=centred.ravel(), minlength=number * g).reshape(number, g)
    return np.asarray(np.sqrt((sums**2).sum(1) * g / (g - 1)) / n)


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
    methods, grouping = [_method(each) for each in values], _grouping(groups)
    places = list(combinations(range(len(methods)), 2))
    differences = [
        difference
        for i in range(len(methods) - 1)  # one method against all others at a time: memory stays small
        for difference in _differences(methods[i], methods[i + 1 :], grouping)
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
    """Return the largest sets of two methods or more, no two of which differ significantly; a method may be in many.

    Of many methods there could be more sets than anyone can read: no more than `MOST_SETS` are looked for.
    """
    alike: dict[int, set[int]] = {}
    for pair in pairs:
        if pair.adjusted > level:
            alike.setdefault(pair.first, set()).add(pair.second)
            alike.setdefault(pair.second, set()).add(pair.first)
    found = islice(_cliques(set(), set(alike), set(), alike), MOST_SETS)
    return sorted(tuple(sorted(clique)) for clique in found if len(clique) > 1)


def _cliques(inside: set[int], left: set[int], out: set[int], alike: dict[int, set[int]]) -> Iterator[set[int]]:
    """Yield the maximal cliques that hold `inside` (Bron & Kerbosch 1973, with a pivot)."""
    if not left and not out:
        yield inside
        return
    pivot = max(left | out, key=lambda i: len(alike[i] & left))
    for i in sorted(left - alike[pivot]):
        yield from _cliques(inside | {i}, left & alike[i], out & alike[i], alike)
        left, out = left - {i}, out | {i}
