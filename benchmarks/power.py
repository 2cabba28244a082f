"""How often the tests of a leaderboard err, and how much they find: simulated boards, seeded.

python benchmarks/power.py [--boards 1000] [--methods 8 20 30] [--seeds 3 …] [--variances equal …]

A board has methods whose means shift from training to training, each with a standard deviation of its own, on 32
independent conditions. On half of the boards no two methods differ; on the others they come in pairs of equals, each
pair better than the one before by two standard deviations of the median method between trainings. An error is any
board where some two equal methods are found to differ (the family-wise error); found is the share of the pairs that
do differ.
"""

from __future__ import annotations

import argparse
import functools
import sys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchbench.core.noise import stream
from benchbench.stats.paired import LEVEL, Values
from benchbench.stats.ranking import Pairs, pairwise
from benchbench.stats.simultaneous import simultaneous
from benchbench.stats.spreads import NO_OUTLIERS, OUTLIERS, Outliers, learned

CONDITIONS = 32
SEEDS = {"2": (2,), "3": (3,), "5": (5,), "1 to 5": (3, 1, 5, 2, 4)}
"""Trainings of the first, the second … method, and again from the start."""
VARIANCES: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "equal": lambda generator, methods: np.ones(methods),
    "uniform in the logarithm": lambda generator, methods: 100 ** generator.uniform(-0.5, 0.5, methods),
    "1 or 100": lambda generator, methods: 10 * 100 ** (generator.integers(2, size=methods) - 0.5),
    "one in ten 100 times": lambda generator, methods: 100.0 ** (generator.random(methods) < 0.1),
}
"""Of the mean between trainings, of each method: up to a factor of 100."""


@dataclass(frozen=True)
class Board:
    """The values of each method per training and condition, and which methods are equal."""

    values: list[Values]
    level: np.ndarray


def board(methods: int, seeds: str, variances: str, noise: float, ladder: bool, number: int) -> Board:
    """Return a board; `noise` is the variance of a method's mean over conditions, against 1 between trainings."""
    generator = stream("power", methods, seeds, variances, int(100 * noise), ladder, number)
    deviations = np.sqrt(VARIANCES[variances](generator, methods))
    level = np.arange(methods) // 2 * 2 * float(np.median(deviations)) * ladder
    shared = generator.standard_normal(CONDITIONS)
    values: list[Values] = []
    for method in range(methods):
        trainings = SEEDS[seeds][method % len(SEEDS[seeds])]
        own = np.sqrt(noise * CONDITIONS) * generator.standard_normal(CONDITIONS)
        shifts = deviations[method] * generator.standard_normal((trainings, 1))
        values.append(level[method] + shared + own + shifts)
    return Board(values, level)


def own_variances(drawn: Board) -> Pairs:
    """Return the tests of rule 1: the variance of each method's own trainings, and none of a single one."""
    return pairwise(drawn.values, range(CONDITIONS))


def moderated(drawn: Board, outliers: Outliers = OUTLIERS) -> Pairs:
    """Return the tests of rule 3; those of rule 2 where there may be no outliers."""
    return simultaneous(drawn.values, range(CONDITIONS), learned(drawn.values, [True] * len(drawn.values), outliers))


RULES: dict[str, Callable[[Board], Pairs]] = {
    "rule 1": own_variances,
    "rule 2": functools.partial(moderated, outliers=NO_OUTLIERS),
    "rule 3": moderated,
}


@dataclass(frozen=True)
class Found:
    """Of one rule on many boards."""

    null: float
    """The share of the boards without differences on which some pair is found to differ."""
    twins: float
    """The same of the equal pairs of the other boards."""
    power: float
    """The share of the pairs that differ which are found."""


def measured(
    rule: Callable[[Board], Pairs], boards: int, methods: int, seeds: str, variances: str, noise: float
) -> Found:
    """Return what a rule finds on `boards` boards of each kind."""
    errors, powers = np.zeros((2, boards)), np.zeros(boards)
    for ladder in (False, True):
        for number in range(boards):
            drawn = board(methods, seeds, variances, noise, ladder, number)
            pairs = rule(drawn)
            equal, differs = drawn.level[pairs.first] == drawn.level[pairs.second], pairs.adjusted <= LEVEL
            errors[int(ladder), number] = differs[equal].any()
            if ladder:
                powers[number] = differs[~equal].mean()
    return Found(float(errors[0].mean()), float(errors[1].mean()), float(powers.mean()))


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--boards", type=int, default=1000)
    parser.add_argument("--methods", type=int, nargs="+", default=[8, 20, 30])
    parser.add_argument("--seeds", nargs="+", choices=SEEDS, default=list(SEEDS))
    parser.add_argument("--variances", nargs="+", choices=VARIANCES, default=list(VARIANCES))
    parser.add_argument("--noise", type=float, nargs="+", default=[0.05])
    parser.add_argument("--rule", nargs="+", choices=RULES, default=list(RULES))
    given = parser.parse_args()
    heads = [f"{rule}: {what}" for rule in given.rule for what in ("error, none differ", "error, some differ", "found")]
    print("| methods | seeds | variances | conditions | " + " | ".join(heads) + " |")
    print("|---" * (4 + len(heads)) + "|")
    for methods in given.methods:
        for seeds in given.seeds:
            for variances in given.variances:
                for noise in given.noise:
                    found = [measured(RULES[r], given.boards, methods, seeds, variances, noise) for r in given.rule]
                    cells = [f"{x:.1%}" for each in found for x in (each.null, each.twins, each.power)]
                    print(f"| {methods} | {seeds} | {variances} | {noise:g} | " + " | ".join(cells) + " |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
