"""Who sees what: balanced lists of trials, fixed by the seed; pure."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from benchbench.core import BenchbenchError
from benchbench.core.noise import stream
from benchbench.core.uncertainty import STRICT
from benchbench.study.setting import PAIRS, SIDE_BY_SIDE, SINGLE, Setting

if TYPE_CHECKING:
    import numpy as np

REAL, BAD = -1, -2
"""In the place of a method: a real image; a real image made obviously bad."""


@dataclass(frozen=True)
class Shown:
    """One image of a trial."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    method: int
    """Its place among the study's methods, `REAL` or `BAD`."""
    condition: int
    """Its place among the study's conditions."""
    sample: int
    """Which sample of the method, or which reference of the task."""


@dataclass(frozen=True)
class Trial:
    """What one trial shows, in order, and what is right."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    role: str
    """`practice`, `scored` or `vigilance`."""
    shown: tuple[Shown, ...]
    right: str
    """The right answer; empty where none is: of two methods either may look more real."""


@dataclass(frozen=True)
class Supply:
    """What there is to show."""

    samples: Sequence[Sequence[int]]
    """`[M][C]`: how many samples each method kept of each condition."""
    references: Sequence[int]
    """`[C]`: how many real images each condition has."""


def deal(setting: Setting, supply: Supply) -> list[list[Trial]]:
    """Return each seat's trials: practice first, then the scored ones with the vigilance trials among them.

    In a seat each condition occurs at most once, each method (in `side-by-side`: each pair of methods) equally often,
    give or take one, and real images are of other conditions than fakes. Over seats the totals differ by one at most,
    and each method is shown on every condition about equally often. Raise `BenchbenchError` where conditions are few.
    """
    conditions, least = len(supply.references), 2 if setting.design == SIDE_BY_SIDE else 1
    if len(supply.samples) < least:
        raise BenchbenchError(f"design {setting.design} compares {least} runs or more; {len(supply.samples)} given")
    if conditions < setting.conditions_needed:
        raise BenchbenchError(
            f"{setting.trials} trials with {setting.vigilance} vigilance and {setting.practice} practice trials show"
            f" {setting.conditions_needed} conditions once each; all runs kept samples of {conditions}: make the runs"
            " again with --keep-samples all, or ask for fewer trials"
        )
    dealer = _Dealer(setting, supply)
    return [dealer.seat(number) for number in range(setting.people)]


class _Dealer:
    """Deals seat after seat, and remembers what was dealt."""

    def __init__(self, setting: Setting, supply: Supply) -> None:
        import numpy as np

        self.setting, self.supply = setting, supply
        self.random = stream("study", setting.seed, setting.design)
        methods, conditions = len(supply.samples), len(supply.references)
        self.used = np.zeros((methods + 2, conditions))  # the last two rows: bad and real, by negative index
        pool = self.random.permutation(conditions)
        per_trial = 2 if setting.design == PAIRS else 1
        self.practice = pool[: per_trial * setting.practice]
        self.scored = pool[per_trial * setting.practice :]
        wholes = range(methods)
        self.kinds: list[tuple[int, ...]] = (
            list(itertools.combinations(wholes, 2)) if setting.design == SIDE_BY_SIDE else [(each,) for each in wholes]
        )
        self.turned = np.zeros(len(self.kinds))
        self.dealt = 0

    def seat(self, number: int) -> list[Trial]:
        """Return the trials of one seat."""
        free = set(self.scored.tolist())
        trials = [self._trial(kind, free) for kind in self._kinds()]
        if self.setting.design == SINGLE:
            trials += [self._trial((REAL,), free) for _ in range(self.setting.trials // 2)]
        trials += [self._vigilance(free) for _ in range(self.setting.vigilance)]
        ordered = [trials[i] for i in self.random.permutation(len(trials))]
        return [*self._practice(), *self._in_balance(ordered)]

    def _kinds(self) -> list[tuple[int, ...]]:
        """Return what the scored trials compare; what does not divide evenly goes round over the seats."""
        number = self.setting.trials // 2 if self.setting.design == SINGLE else self.setting.trials
        found = [self.kinds[(self.dealt + i) % len(self.kinds)] for i in range(number)]
        self.dealt += number
        return [found[i] for i in self.random.permutation(number)]

    def _trial(self, kind: tuple[int, ...], free: set[int], role: str = "scored") -> Trial:
        if self.setting.design == SIDE_BY_SIDE:
            condition = self._take(kind[0], free, kind[1])
            place = self.kinds.index(kind)
            turned = self.turned[place] > 0 or (self.turned[place] == 0 and self.random.random() < 0.5)
            self.turned[place] += -1 if turned else 1
            shown = tuple(self._shown(each, condition) for each in (kind[::-1] if turned else kind))
            return Trial(role, shown, "")
        first = self._shown(kind[0], self._take(kind[0], free))
        if self.setting.design == SINGLE:
            return Trial(role, (first,), "real" if kind[0] == REAL else "fake")
        return Trial(role, (first, self._shown(REAL, self._take(REAL, free))), "first")

    def _vigilance(self, free: set[int]) -> Trial:
        if self.setting.design != SIDE_BY_SIDE:
            return self._trial((BAD,), free, "vigilance")
        condition = self._take(BAD, free)
        return Trial("vigilance", (self._shown(BAD, condition), self._shown(REAL, condition)), "second")

    def _practice(self) -> list[Trial]:
        """Return the practice trials: the same conditions for everyone, in an order of each seat's own."""
        free, trials = set(self.practice.tolist()), []
        for i in range(self.setting.practice):
            if self.setting.design == SIDE_BY_SIDE:
                trial = self._vigilance(free)
                trials.append(Trial("practice", trial.shown, trial.right))
            elif self.setting.design == SINGLE and i % 2:
                trials.append(self._trial((REAL,), free, "practice"))
            else:
                trials.append(self._trial((i // 2 % len(self.supply.samples),), free, "practice"))
        return self._in_balance([trials[i] for i in self.random.permutation(len(trials))])

    def _in_balance(self, trials: Sequence[Trial]) -> list[Trial]:
        """Return the trials with the right answer first in half of those that have two images and a right answer."""
        two = [i for i, trial in enumerate(trials) if trial.right and len(trial.shown) == 2]
        turned = {two[i] for i in self.random.permutation(len(two))[: len(two) // 2]}
        other = {"first": "second", "second": "first"}
        return [
            Trial(each.role, each.shown[::-1], other[each.right]) if i in turned else each
            for i, each in enumerate(trials)
        ]

    def _take(self, method: int, free: set[int], other: int | None = None) -> int:
        """Return a free condition on which the method (and the other one) was shown least; random among equals."""
        choice = sorted(free)
        used: np.ndarray = self.used[method, choice] + (self.used[other, choice] if other is not None else 0)
        condition = choice[int((used + self.random.random(len(choice))).argmin())]
        free.remove(condition)
        for each in (method,) if other is None else (method, other):
            self.used[each, condition] += 1
        return condition

    def _shown(self, method: int, condition: int) -> Shown:
        """Return an image of the condition: a method's samples one after the other in a random order of their own."""
        number = self.supply.references[condition] if method < 0 else self.supply.samples[method][condition]
        order = stream("study samples", self.setting.seed, method, condition).permutation(number)
        return Shown(method, condition, int(order[(int(self.used[method, condition]) - 1) % number]))
