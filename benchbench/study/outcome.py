"""From judgements to numbers of each method, and to differences between methods; pure."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from benchbench.stats.ranking import holm
from benchbench.study import record as names
from benchbench.study.design import REAL
from benchbench.study.folder import Judged
from benchbench.study.judgements import Judgements
from benchbench.study.measures import Counts, forced_sensitivity, mean_realism, rate, sensitivity
from benchbench.study.record import Contrast, Measure, MethodScores, Outcome
from benchbench.study.resampling import (
    Cells,
    Interval,
    Statistic,
    around,
    count,
    crossed,
    crossed_error,
    crossed_share,
    of_all,
    over_people,
    people_weights,
)
from benchbench.study.setting import SIDE_BY_SIDE, SINGLE
from benchbench.study.strengths import strengths

if TYPE_CHECKING:
    import numpy as np


def outcome(
    judgements: Judgements, methods: Sequence[Judged], design: str, weights: np.ndarray | None = None
) -> Outcome:
    """Return every measure of every method with its intervals, and every pair of methods with its corrected test.

    `weights`: `float64[R, P]`, the resamples of people; made here where they are not given.
    """
    people = judgements.people
    drawn = people_weights(people) if weights is None else weights
    if design == SIDE_BY_SIDE:
        scored, tests = _preferences(judgements, methods, drawn)
    else:
        scored = [_scores(judgements, i, each, design, drawn) for i, each in enumerate(methods)]
        tests = contrasts(judgements, methods)
    return Outcome(people, len(judgements), tuple(scored), tuple(tests))


# Real or fake ---------------------------------------------------------------------------------------------------------


def cells_of(judgements: Judgements, method: int, design: str) -> Cells:
    """Return what the measures of a method are made of: K = 4, as in `Counts`.

    `pairs`: the first two of trials whose second image was the fake, the last two of those whose first was.
    """
    import numpy as np

    own = judgements.method == method
    if design == SINGLE:
        first, second = own, judgements.method == REAL
        wrong = np.where(second, ~judgements.yes, judgements.yes)
    else:
        first, second = own & (judgements.other == 1), own & (judgements.other == 0)
        wrong = judgements.yes
    keep = first | second
    parts = np.column_stack([first, first & wrong, second, second & wrong])[keep].astype(np.float64)
    return count(parts, judgements.person[keep], judgements.condition[keep], judgements.people)


def _counts(cells: np.ndarray) -> Counts:
    return Counts(*(cells[..., i, :] for i in range(4)))


def statistics(design: str) -> dict[str, Statistic]:
    """Return each measure's statistic of the cells of `cells_of`."""
    if design == SINGLE:
        return {
            names.FOOLING: lambda cells, weights: rate(cells[..., 1, :], cells[..., 0, :]),
            names.MISS: lambda cells, weights: rate(cells[..., 3, :], cells[..., 2, :]),
            names.SENSITIVITY: lambda cells, weights: sensitivity(_counts(cells))[0],
            names.CRITERION: lambda cells, weights: sensitivity(_counts(cells))[1],
            names.REALISM: lambda cells, weights: _mean_realism(cells, weights, False),
            names.BOTH: lambda cells, weights: _mean_realism(cells, weights, True),
        }
    return {
        names.FOOLING: _fooled_in_pairs,
        names.SENSITIVITY: lambda cells, weights: forced_sensitivity(_counts(cells))[0],
        names.CRITERION: lambda cells, weights: forced_sensitivity(_counts(cells))[1],
        names.REALISM: lambda cells, weights: 2 * _fooled_in_pairs(cells, weights),
    }


def _mean_realism(cells: np.ndarray, weights: np.ndarray, both: bool) -> np.ndarray:
    """Return 2 (1 - F), F averaged over people; weights are in the cells too, where they cancel in each rate."""
    return mean_realism(_counts(cells), both, weights)


def _fooled_in_pairs(cells: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the share of pairs in which the real image was called fake; F of a choice of two is its complement."""
    return rate(cells[..., 1, :] + cells[..., 3, :], cells[..., 0, :] + cells[..., 2, :])


def _scores(judgements: Judgements, place: int, method: Judged, design: str, weights: np.ndarray) -> MethodScores:
    import numpy as np

    cells = cells_of(judgements, place, design)
    numbers = cells.total.sum(1)
    found = []
    for name, statistic in statistics(design).items():
        value = of_all(cells, statistic) if cells.people else float("nan")
        if np.isfinite(value):
            both = _crossed(cells, name, statistic, design, numbers)
            found.append(Measure(name, value, over_people(cells, statistic, weights), both))
    answers = numbers[0] if design == SINGLE else numbers[0] + numbers[2]
    return MethodScores(method, int(answers), tuple(found))


def _crossed(cells: Cells, name: str, statistic: Statistic, design: str, numbers: np.ndarray) -> Interval | None:
    if name == names.MISS:
        return crossed_share(cells, statistic, float(numbers[2]))
    if design == SINGLE and name == names.FOOLING:
        return crossed_share(cells, statistic, float(numbers[0]))
    if design != SINGLE and name in (names.FOOLING, names.REALISM):  # the second is twice the first
        share = crossed_share(cells, _fooled_in_pairs, float(numbers[0] + numbers[2]))
        times = 1 if name == names.FOOLING else 2
        return share and Interval(*(times * each for each in (share.standard_error, share.low, share.high)))
    return crossed(cells, statistic)


def contrasts(judgements: Judgements, methods: Sequence[Judged]) -> list[Contrast]:
    """Return the differences of fooling rates of every pair of methods, within the same people."""
    import numpy as np

    tests = []
    for i, j in itertools.combinations(range(len(methods)), 2):
        one, other = judgements.method == i, judgements.method == j
        keep = one | other
        columns = [one, one & judgements.yes, other, other & judgements.yes]
        parts = np.column_stack(columns)[keep].astype(np.float64)
        cells = count(parts, judgements.person[keep], judgements.condition[keep], judgements.people)
        tests.append((i, j, cells))
    pairs = [(methods[i].label, methods[j].label, cells, _rate_difference) for i, j, cells in tests]
    return _tested(pairs, names.FOOLING, [_least_error(cells) for _, _, cells, _ in pairs])


def _least_error(cells: Cells) -> float:
    """Return the binomial error of a difference of two shares: where all answers agree, resampling sees none."""
    fakes, fooled, others, fooled_by_others = cells.total.sum(1)
    shares = [((hits + 0.5) / (number + 1), number) for hits, number in ((fooled, fakes), (fooled_by_others, others))]
    return float(sum(share * (1 - share) / max(1, number) for share, number in shares) ** 0.5)


def _rate_difference(cells: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return np.asarray(rate(cells[..., 1, :], cells[..., 0, :]) - rate(cells[..., 3, :], cells[..., 2, :]))


def _tested(
    pairs: Sequence[tuple[str, str, Cells, Statistic]], measure: str, least_errors: Sequence[float]
) -> list[Contrast]:
    """Return the t-tests of differences over people and conditions, after Holm.

    The least errors stand in where all answers agree, so that resampling finds no error.
    """
    import numpy as np
    from scipy.special import stdtr

    found = []
    for (first, second, cells, statistic), least in zip(pairs, least_errors, strict=True):
        value = of_all(cells, statistic) if cells.people else float("nan")
        if not np.isfinite(value) or min(cells.people, cells.conditions) < 2:
            continue
        error, degrees = crossed_error(cells, statistic)
        interval = around(value, error or least, degrees)
        p = float(2 * stdtr(degrees, -abs(value) / interval.standard_error))
        found.append((first, second, value, interval, p))
    adjusted = holm([each[-1] for each in found])
    return [
        Contrast(first, second, measure, value, interval, p, after)
        for (first, second, value, interval, p), after in zip(found, adjusted, strict=True)
    ]


# Preferences ----------------------------------------------------------------------------------------------------------


def preference_cells(judgements: Judgements, methods: int) -> Cells:
    """Return K = M x M: how often each method was preferred to each other one."""
    import numpy as np

    winner = np.where(judgements.yes, judgements.method, judgements.other)
    loser = np.where(judgements.yes, judgements.other, judgements.method)
    parts = np.zeros((len(judgements), methods * methods))
    parts[np.arange(len(judgements)), winner * methods + loser] = 1
    return count(parts, judgements.person, judgements.condition, judgements.people)


def _strength(combination: np.ndarray) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """Return the statistic: a linear combination of the log strengths of `preference_cells`."""
    number = len(combination)

    def statistic(cells: np.ndarray, weights: np.ndarray) -> np.ndarray:
        wins = cells.sum(-1)
        found: np.ndarray = strengths(wins.reshape(*wins.shape[:-1], number, number)) @ combination
        return found

    return statistic


def _preferences(
    judgements: Judgements, methods: Sequence[Judged], weights: np.ndarray
) -> tuple[list[MethodScores], list[Contrast]]:
    import numpy as np

    number = len(methods)
    cells = preference_cells(judgements, number)
    unit = np.eye(number)
    scored = []
    for i, method in enumerate(methods):
        statistic = _strength(unit[i])
        value = of_all(cells, statistic)
        measure = Measure(names.STRENGTH, value, over_people(cells, statistic, weights), crossed(cells, statistic))
        answers = int(((judgements.method == i) | (judgements.other == i)).sum())
        scored.append(MethodScores(method, answers, (measure,)))
    pairs = [
        (methods[i].label, methods[j].label, cells, _strength(unit[i] - unit[j]))
        for i, j in itertools.combinations(range(number), 2)
    ]
    return scored, _tested(pairs, names.STRENGTH, [1.0] * len(pairs))
