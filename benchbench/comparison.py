"""Methods compared on the same conditions: paired differences, Holm's correction, ranges of ranks; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from benchbench.metrics._statistics import mean_estimate

LEVEL = 0.05
ROUNDING = 1e-6
"""A difference of this share of the largest value is no difference: embeddings have single precision."""


@dataclass(frozen=True)
class Difference:
    """How much higher one method scores than another on the same conditions."""

    value: float
    """The mean over conditions of the first method's score less the second's."""
    standard_error: float | None
    """Of the mean, clustered by group; `None` with a single group, which tells nothing."""
    degrees: int
    """Degrees of freedom of the t-test: groups less one."""
    p: float
    """Two-sided, of the one test alone."""
    interval95: tuple[float, float] | None
    """Of the one difference alone."""
    n: int
    """How many conditions."""


@dataclass(frozen=True)
class Pair:
    """Two methods of several, by their places, and the test of their difference as one of many."""

    first: int
    second: int
    difference: Difference
    adjusted: float
    """p after Holm's correction."""


def paired_difference(first: Sequence[float], second: Sequence[float], groups: Sequence[int]) -> Difference:
    """Return the mean paired difference with its clustered standard error and t-test, G - 1 degrees of freedom.

    Conditions of one group are not independent; G groups of one condition each give the usual paired t-test.
    """
    from scipy.stats import t

    one, other = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if not len(one) == len(other) == len(groups):
        raise ValueError(f"paired values are one a condition: {len(one)}, {len(other)}, and {len(groups)} groups")
    differences = one - other
    differences[np.abs(differences) <= ROUNDING * max(np.abs(one).max(), np.abs(other).max())] = 0
    estimate = mean_estimate(differences, [str(group) for group in groups])
    value, error, n, degrees = estimate.value, estimate.standard_error, len(one), len(set(groups)) - 1
    if error is None:
        return Difference(value, None, degrees, 1.0, None, n)
    if error <= ROUNDING**2 * abs(value):  # constant, up to the rounding of its mean
        return Difference(value, 0.0, degrees, float(value == 0), (value, value), n)
    margin = float(t.ppf(0.975, degrees)) * error
    p = 2 * float(t.sf(abs(value) / error, degrees))
    return Difference(value, error, degrees, p, (value - margin, value + margin), n)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return the p-values adjusted for their number (Holm 1979), in their order: reject those up to the level."""
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for place, index in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        highest = max(highest, min(1.0, (len(p_values) - place) * p_values[index]))
        adjusted[index] = highest
    return adjusted


def pairwise(values: Sequence[Sequence[float]], groups: Sequence[int]) -> list[Pair]:
    """Return every pair of methods, given one sequence of values a method, corrected for the number of pairs."""
    places = list(combinations(range(len(values)), 2))
    differences = [paired_difference(values[i], values[j], groups) for i, j in places]
    adjusted = holm([difference.p for difference in differences])
    return [Pair(i, j, difference, p) for (i, j), difference, p in zip(places, differences, adjusted, strict=True)]


def rank_ranges(
    values: Sequence[Sequence[float]], groups: Sequence[int], higher_is_better: bool, level: float = LEVEL
) -> list[tuple[int, int]]:
    """Return each method's best and worst rank: behind all that are significantly better, before all that are worse."""
    better, worse = [0] * len(values), [0] * len(values)
    for pair in pairwise(values, groups):
        if pair.adjusted <= level:
            first_wins = (pair.difference.value > 0) == higher_is_better
            winner, loser = (pair.first, pair.second) if first_wins else (pair.second, pair.first)
            worse[winner] += 1
            better[loser] += 1
    return [(1 + above, len(values) - below) for above, below in zip(better, worse, strict=True)]


def indistinguishable(
    values: Sequence[Sequence[float]], groups: Sequence[int], level: float = LEVEL
) -> list[tuple[int, ...]]:
    """Return the largest sets of two methods or more, no two of which differ significantly; a method may be in many."""
    alike: dict[int, set[int]] = {i: set() for i in range(len(values))}
    for pair in pairwise(values, groups):
        if pair.adjusted > level:
            alike[pair.first].add(pair.second)
            alike[pair.second].add(pair.first)
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
