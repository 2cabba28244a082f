"""Whether a ranking stands under other extractors and on other conditions; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchbench.core.noise import stream


@dataclass(frozen=True)
class Agreement:
    """How far two rankings of the same methods agree."""

    first: str
    """What the one ranking is of: an extractor, or an extractor on half of the conditions."""
    second: str
    tau: float | None
    """Kendall's tau-b: 1 the same order, -1 the reverse; `None` where one of the two ranks all methods alike."""
    same_best: bool
    """Whether both have the same best method."""


@dataclass(frozen=True)
class Stability:
    """A board's ranking under each extractor and on each half of its conditions."""

    methods: tuple[str, ...]
    orders: Mapping[str, tuple[str, ...]]
    """For each extractor, the methods from the best on."""
    between: tuple[Agreement, ...]
    """Every two extractors, on all conditions."""
    halves: tuple[Agreement, ...]
    """For each extractor, one half of the conditions against the other."""
    first: str | None
    """The method that may be called first: the best under two extractors that it was not trained on."""
    voters: tuple[str, ...]
    """The extractors under which it is."""


def kendall_tau(first: Sequence[float] | np.ndarray, second: Sequence[float] | np.ndarray) -> float | None:
    """Return Kendall's tau-b (1945) of two lists of values of the same methods; `None` where one list is all ties."""
    one, other = (np.sign(np.subtract.outer(np.asarray(x, float), np.asarray(x, float))) for x in (first, second))
    upper = np.triu_indices(len(one), 1)
    one, other = one[upper], other[upper]
    untied = float(np.abs(one).sum() * np.abs(other).sum())
    return float((one * other).sum() / untied**0.5) if untied > 0 else None


def halves(groups: Sequence[object]) -> tuple[np.ndarray, np.ndarray]:
    """Return `bool[n]` of two halves of the conditions, cut along whole groups by a fixed stream."""
    names = sorted({str(group) for group in groups})
    chosen = stream("halves", len(names)).permutation(len(names))[: (len(names) + 1) // 2]
    inside = {names[i] for i in chosen.tolist()}
    first = np.array([str(group) in inside for group in groups])
    return first, ~first


def stability(
    values: Mapping[str, Mapping[str, np.ndarray]],
    groups: Sequence[object],
    higher_is_better: bool,
    trained_on: Mapping[str, Sequence[str]] | None = None,
) -> Stability:
    """Return how a ranking stands, from the ranking score of each condition `float[n]` by extractor, then by method.

    Every extractor has the same methods and conditions; `groups` says which conditions depend on each other.
    `trained_on` names the extractors that a method was trained on: under these its first place does not count.
    """
    names = _methods(values, groups)
    sign = -1.0 if higher_is_better else 1.0
    table = {each: sign * np.stack([values[each][name] for name in names]) for each in values}
    means = {each: rows.mean(1) for each, rows in table.items()}
    extractors = list(table)
    between = tuple(
        _agreement(one, means[one], other, means[other])
        for i, one in enumerate(extractors)
        for other in extractors[i + 1 :]
    )
    one, other = halves(groups)
    within = tuple(
        _agreement(f"{each}, first half", rows[:, one].mean(1), f"{each}, second half", rows[:, other].mean(1))
        for each, rows in table.items()
        if one.any() and other.any()
    )
    orders = {each: tuple(names[i] for i in np.argsort(means[each], kind="stable").tolist()) for each in extractors}
    best, voters = _first(means, names, trained_on or {})
    return Stability(names, orders, between, within, best, voters)


def _methods(values: Mapping[str, Mapping[str, np.ndarray]], groups: Sequence[object]) -> tuple[str, ...]:
    names = tuple(next(iter(values.values()), {}))
    for each, found in values.items():
        if set(found) != set(names):
            raise ValueError(f"{each} has other methods ({', '.join(sorted(found))}) than {', '.join(sorted(names))}")
        for name, own in found.items():
            if len(own) != len(groups):
                raise ValueError(f"{each} has {len(own)} values of {name}, and there are {len(groups)} conditions")
    if not names:
        raise ValueError("a ranking needs at least one extractor and one method")
    return names


def _agreement(first: str, one: np.ndarray, second: str, other: np.ndarray) -> Agreement:
    same = {int(i) for i in np.flatnonzero(one == one.min())} == {int(i) for i in np.flatnonzero(other == other.min())}
    return Agreement(first, second, kendall_tau(one, other), same)


def _first(
    means: Mapping[str, np.ndarray], names: Sequence[str], trained_on: Mapping[str, Sequence[str]]
) -> tuple[str | None, tuple[str, ...]]:
    """Return the one method that is best alone under two extractors or more that it was not trained on, and these."""
    votes: dict[str, list[str]] = {}
    for each, found in means.items():
        best = np.flatnonzero(found == found.min())
        if len(best) == 1 and each not in trained_on.get(names[int(best[0])], ()):
            votes.setdefault(names[int(best[0])], []).append(each)
    elected = [(name, tuple(voters)) for name, voters in votes.items() if len(voters) >= 2]
    return elected[0] if len(elected) == 1 else (None, ())
