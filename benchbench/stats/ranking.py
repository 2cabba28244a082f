"""Many methods compared with each other: all pairs, Holm's correction, ranges of ranks; pure.

Numbers of pairs grow with the square of the methods, so they stay in arrays: 1,000 methods make 499,500 pairs.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from benchbench.stats.paired import LEVEL, Difference, Differences, Values, against, grouping, summaries


@dataclass(frozen=True)
class Pair:
    """Two methods of several, by their places, and the test of their difference as one of many."""

    first: int
    second: int
    difference: Difference
    adjusted: float
    """p after Holm's correction."""


@dataclass(frozen=True)
class Pairs:
    """Every pair of M methods, the first method's pairs first; iterating gives a `Pair` each."""

    number: int
    """M."""
    first: np.ndarray
    """`int64[P]`, P = M (M - 1) / 2: the place of each pair's first method."""
    second: np.ndarray
    """`int64[P]`."""
    value: np.ndarray
    """`float64[P]`: the first method's mean less the second's."""
    adjusted: np.ndarray
    """`float64[P]`: p, corrected for the number of pairs unless they are `uncorrected`."""
    tests: tuple[Differences, ...]
    """Those of method i against all later ones, for each i but the last."""

    def __len__(self) -> int:
        return len(self.first)

    def __iter__(self) -> Iterator[Pair]:
        for place, (i, j) in enumerate(zip(self.first.tolist(), self.second.tolist(), strict=True)):
            yield Pair(i, j, self.tests[i].difference(j - i - 1), float(self.adjusted[place]))


def pairwise(values: Sequence[Values], groups: Sequence[int]) -> Pairs:
    """Return every pair of methods, given the values of each method, corrected for the number of pairs."""
    pairs = uncorrected(values, groups)
    return dataclasses.replace(pairs, adjusted=np.asarray(holm(pairs.adjusted)))


def uncorrected(values: Sequence[Values], groups: Sequence[int]) -> Pairs:
    """Return every pair of methods, each tested as if it were the only one."""
    methods, grouped, number = summaries(values), grouping(groups), len(values)
    # one method against all later ones at a time: memory stays small
    tests = tuple(against(methods, place, grouped) for place in range(number - 1))
    first, second = np.triu_indices(number, 1)
    p, value = (np.concatenate([*found, np.empty(0)]) for found in ([t.p for t in tests], [t.value for t in tests]))
    return Pairs(number, first, second, value, p, tests)


def holm(p_values: Sequence[float] | np.ndarray) -> list[float]:
    """Return the p-values adjusted for their number (Holm 1979), in their order: reject those up to the level."""
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    adjusted = np.empty_like(p)
    adjusted[order] = np.maximum.accumulate(np.minimum(1.0, np.arange(len(p), 0, -1) * p[order]))
    found: list[float] = adjusted.tolist()
    return found


def rank_ranges(pairs: Pairs, higher_is_better: bool, level: float = LEVEL) -> list[tuple[int, int]]:
    """Return each method's best and worst rank: behind all that are significantly better, before all that are worse."""
    differs = pairs.adjusted <= level
    first_wins = (pairs.value > 0) == higher_is_better
    winners = np.where(first_wins, pairs.first, pairs.second)[differs]
    losers = np.where(first_wins, pairs.second, pairs.first)[differs]
    above = np.bincount(losers, minlength=pairs.number).tolist()
    below = np.bincount(winners, minlength=pairs.number).tolist()
    return [(1 + up, pairs.number - down) for up, down in zip(above, below, strict=True)]
