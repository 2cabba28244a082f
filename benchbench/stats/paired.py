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
    return against(summaries([first, second]), 0, grouping(groups)).difference(0)


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
class Summaries:
    """What the tests need of M methods, computed once for all of their pairs; slices are views."""

    mean: np.ndarray
    """`float64[M, n]`: over trainings."""
    largest: np.ndarray
    """`float64[M]`: the largest absolute mean."""
    seeds: np.ndarray
    """`int64[M]`: how many trainings."""
    spread: np.ndarray
    """`float64[M]`: the variance of the mean over trainings; 0 where there is one training."""

    def __len__(self) -> int:
        return len(self.seeds)

    def __getitem__(self, places: slice) -> Summaries:
        return Summaries(self.mean[places], self.largest[places], self.seeds[places], self.spread[places])


def summaries(values: Sequence[Values]) -> Summaries:
    """Return what the tests need of methods, given the values of each on the same n conditions."""
    trainings = [_trainings(each) for each in values]
    numbers = sorted({each.shape[1] for each in trainings})
    if len(numbers) > 1:
        raise ValueError(f"paired values are one per condition, the same ones for all methods: {numbers} were given")
    mean = np.stack([each.mean(0) for each in trainings]) if trainings else np.empty((0, 0))
    seeds = np.array([len(each) for each in trainings], dtype=np.int64)
    spread = [each.mean(1).var(ddof=1) / len(each) if len(each) > 1 else 0.0 for each in trainings]
    return Summaries(mean, np.abs(mean).max(1, initial=0), seeds, np.array(spread, dtype=np.float64))


@dataclass(frozen=True)
class Grouping:
    """Which conditions are not independent: the group of each, numbered from 0, and how many groups there are."""

    index: np.ndarray
    number: int
    order: np.ndarray
    """The places of the conditions, those of the first group first."""


def grouping(groups: Sequence[int]) -> Grouping:
    """Return the grouping of conditions, given the group of each."""
    names, index = np.unique([str(each) for each in groups], return_inverse=True)
    return Grouping(index, len(names), np.argsort(index, kind="stable"))


@dataclass(frozen=True)
class Differences:
    """The paired tests of one method against P others; arrays `float64[P]`, a `Difference` on demand."""

    value: np.ndarray
    error: np.ndarray | None
    """`None` with a single group, which allows no test."""
    degrees: np.ndarray
    p: np.ndarray
    n: int
    seeds: int
    """How many trainings of the one method."""
    other_seeds: np.ndarray
    """`int64[P]`: how many of each other."""

    def difference(self, place: int) -> Difference:
        """Return one of the P differences."""
        from scipy.special import stdtrit

        value, degrees = float(self.value[place]), float(self.degrees[place])
        seeds = self.seeds, int(self.other_seeds[place])
        if self.error is None:
            return Difference(value, None, 0, 1.0, None, self.n, seeds)
        error = float(self.error[place])
        margin = float(stdtrit(degrees, 0.975)) * error
        if seeds == (1, 1):
            degrees = int(degrees)
        return Difference(value, error, degrees, float(self.p[place]), (value - margin, value + margin), self.n, seeds)


def against(methods: Summaries, place: int, groups: Grouping) -> Differences:
    """Return the tests of the method at a place against each later one, computed together."""
    from scipy.special import stdtr

    one, others = methods[place : place + 1], methods[place + 1 :]
    n, g, given = len(groups.index), groups.number, methods.mean.shape[1]
    if given != n:
        raise ValueError(f"paired values are one per condition: {given} values were given, and {n} groups")
    largest = np.maximum(others.largest, one.largest)[:, None]
    values, errors = np.empty(len(others)), np.empty(len(others))
    for start in range(0, len(others), BLOCK):  # what a processor keeps near it
        own = slice(start, start + BLOCK)
        differences = one.mean - others.mean[own]
        rounding = np.abs(differences) <= ROUNDING * largest[own]
        if rounding.any():
            differences[rounding] = 0
        values[own] = differences.mean(1)
        if g > 1:
            errors[own] = _errors(differences - values[own, None], groups)
    if g < 2:
        nothing = np.zeros(len(others))
        return Differences(values, None, nothing, nothing + 1, n, int(one.seeds[0]), others.seeds)
    degrees = np.full(len(others), g - 1.0)
    several = (others.seeds > 1) | (one.seeds > 1)
    if several.any():
        whole = errors**2 + one.spread + others.spread
        parts = errors**4 / (g - 1)
        for each in (one, others):
            parts = parts + each.spread**2 / np.maximum(1, each.seeds - 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            degrees = np.where(several & (parts > 0), whole**2 / parts, degrees)
        errors = np.where(several, np.sqrt(whole), errors)
    errors[errors <= ROUNDING**2 * np.abs(values)] = 0  # constant, up to the rounding of their mean
    with np.errstate(divide="ignore", invalid="ignore"):
        # stdtr is Student's distribution function: what scipy.stats.t.sf computes, without its checks
        p = np.where(errors == 0, values == 0, 2 * stdtr(degrees, -(np.abs(values) / errors)))
    return Differences(values, errors, degrees, p, n, int(one.seeds[0]), others.seeds)


def _errors(centred: np.ndarray, groups: Grouping) -> np.ndarray:
    """Return `float64[P]`: the standard error of each row's mean, clustered by group, as `mean_estimate` has it.

    `centred` is `float64[P, n]`: the differences less their mean.
    """
    (number, n), g = centred.shape, groups.number
    if g == n:  # one condition per group: nothing to add up, but the order of the groups counts for the last bit
        sums = np.take(centred, groups.order, axis=1)
    else:
        places = (np.arange(number)[:, None] * g + groups.index).ravel()
        sums = np.bincount(places, weights=centred.ravel(), minlength=number * g).reshape(number, g)
    return np.asarray(np.sqrt(np.square(sums, out=sums).sum(1) * g / (g - 1)) / n)
