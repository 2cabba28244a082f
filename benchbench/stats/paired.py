"""Two methods compared on the same conditions: paired differences, their tests and their size; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

LEVEL = 0.05
BLOCK = 128
"""Methods whose differences from one are looked at together."""
ROUNDING = 1e-6
"""A difference of this share of the largest value is no difference: embeddings have single precision."""
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


def paired_difference(first: Values, second: Values, groups: Sequence[int]) -> Difference:
    """Return the mean paired difference with its clustered standard error and t-test.

    Values are `float[n]`, one per condition, or `float[S, n]` of the S trainings of a row. Conditions
    of one group are not independent; G groups of one condition each give the usual paired t-test with G - 1 degrees of
    freedom. With several trainings the means over them are compared, and to the variance over conditions comes that of
    each method's mean over its trainings (Welch 1947, Satterthwaite 1946); a single training tells nothing of that.
    """
    return against(summary(first), [summary(second)], grouping(groups)).difference(0)


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
class Summary:
    """What the tests need of a method, computed once for all of its pairs."""

    mean: np.ndarray
    """`float64[n]`: over trainings."""
    largest: float
    seeds: int
    spread: float
    """The variance of the mean over trainings; 0 where there is one training."""


def summary(values: Values) -> Summary:
    """Return what the tests need of a method's values."""
    trainings = _trainings(values)
    seeds, mean = len(trainings), trainings.mean(0)
    spread = float(trainings.mean(1).var(ddof=1) / seeds) if seeds > 1 else 0.0
    return Summary(mean, float(np.abs(mean).max(initial=0)), seeds, spread)


@dataclass(frozen=True)
class Grouping:
    """Which conditions are not independent: the group of each, numbered from 0, and how many groups there are."""

    index: np.ndarray
    number: int


def grouping(groups: Sequence[int]) -> Grouping:
    """Return the grouping of conditions, given the group of each."""
    names, index = np.unique([str(each) for each in groups], return_inverse=True)
    return Grouping(index, len(names))


@dataclass(frozen=True)
class Differences:
    """The paired tests of one method against P others; arrays `float64[P]`, a `Difference` on demand."""

    value: np.ndarray
    error: np.ndarray | None
    """`None` with a single group, which allows no test."""
    degrees: np.ndarray
    p: np.ndarray
    n: int
    seeds: tuple[tuple[int, int], ...]

    def difference(self, place: int) -> Difference:
        """Return one of the P differences."""
        from scipy.special import stdtrit

        value, degrees, seeds = float(self.value[place]), float(self.degrees[place]), self.seeds[place]
        if self.error is None:
            return Difference(value, None, 0, 1.0, None, self.n, seeds)
        error = float(self.error[place])
        margin = float(stdtrit(degrees, 0.975)) * error
        if seeds == (1, 1):
            degrees = int(degrees)
        return Difference(value, error, degrees, float(self.p[place]), (value - margin, value + margin), self.n, seeds)


def against(one: Summary, others: Sequence[Summary], groups: Grouping, means: np.ndarray | None = None) -> Differences:
    """Return the tests of a method against each of others, computed together.

    `means` are those of the others, `float64[P, n]`, where they are in one array already.
    """
    from scipy.special import stdtr

    n, g = len(groups.index), groups.number
    for other in others:
        if not len(one.mean) == len(other.mean) == n:
            raise ValueError(f"paired values are one per condition: {len(one.mean)}, {len(other.mean)}, and {n} groups")
    if means is None:
        means = np.stack([other.mean for other in others]) if others else np.empty((0, n))
    largest = np.maximum([other.largest for other in others], one.largest)
    values, errors = np.empty(len(others)), np.empty(len(others))
    for start in range(0, len(others), BLOCK):  # what a processor keeps near it
        own = slice(start, start + BLOCK)
        differences = one.mean - means[own]
        rounding = np.abs(differences) <= ROUNDING * largest[own, None]
        if rounding.any():
            differences[rounding] = 0
        values[own] = differences.mean(1)
        if g > 1:
            errors[own] = _errors(differences - values[own, None], groups)
    seeds = tuple((one.seeds, other.seeds) for other in others)
    if g < 2:
        return Differences(values, None, np.zeros(len(others)), np.ones(len(others)), n, seeds)
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
    with np.errstate(divide="ignore", invalid="ignore"):
        # stdtr is Student's distribution function: what scipy.stats.t.sf computes, without its checks
        p = np.where(errors == 0, values == 0, 2 * stdtr(degrees, -(np.abs(values) / errors)))
    return Differences(values, errors, degrees, p, n, seeds)


def _errors(centred: np.ndarray, groups: Grouping) -> np.ndarray:
    """Return `float64[P]`: the standard error of each row's mean, clustered by group, as `mean_estimate` has it.

    `centred` is `float64[P, n]`: the differences less their mean.
    """
    (number, n), g = centred.shape, groups.number
    if g == n:  # one condition per group: nothing to add up, but the order of the groups counts for the last bit
        sums = np.take(centred, np.argsort(groups.index), axis=1)
    else:
        places = (np.arange(number)[:, None] * g + groups.index).ravel()
        sums = np.bincount(places, weights=centred.ravel(), minlength=number * g).reshape(number, g)
    return np.asarray(np.sqrt(np.square(sums, out=sums).sum(1) * g / (g - 1)) / n)
