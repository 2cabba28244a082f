"""Answers with the key beside them, as arrays; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchbench.study.answers import Sat
from benchbench.study.design import REAL, Trial
from benchbench.study.exclusions import timed_right
from benchbench.study.setting import PAIRS, SIDE_BY_SIDE, Setting

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Judgements:
    """One element per scored answer. Arrays `int64[n]`, but `yes`: `bool[n]`."""

    person: np.ndarray
    """From 0, without gaps."""
    condition: np.ndarray
    """Of the fake; of the real image where there is no fake."""
    method: np.ndarray
    """Of the fake, or `REAL`; in `side-by-side` of the left image."""
    other: np.ndarray
    """In `side-by-side` the method of the right image; in `pairs` 0 where the fake came first, else 1; else 0."""
    yes: np.ndarray
    """`single`: called real. `pairs`: fooled, the real image was called fake. `side-by-side`: the left one won."""

    def __len__(self) -> int:
        return len(self.person)

    @property
    def people(self) -> int:
        """How many people answered."""
        return int(self.person.max()) + 1 if len(self) else 0


def judged(
    sats: Sequence[Sat], seats: Sequence[Sequence[Trial]], setting: Setting, with_wrong_timing: bool
) -> Judgements:
    """Return the scored answers of these people; those with a wrong exposure only where they are asked for."""
    import numpy as np

    rows = []
    for person, sat in enumerate(sats):
        for answer, trial in zip(sat.answers, seats[sat.seat], strict=False):
            if trial.role != "scored" or not (with_wrong_timing or timed_right(answer, setting.timing.exposure)):
                continue
            rows.append((person, *_row(trial, answer.choice, setting.design)))
    table = np.array(rows, dtype=np.int64).reshape(-1, 5)
    people, conditions, methods, others, yes = table.T
    return Judgements(people, conditions, methods, others, yes.astype(bool))


def _row(trial: Trial, choice: str, design: str) -> tuple[int, int, int, int]:
    """Return condition, method, other and yes."""
    first = trial.shown[0]
    if design == SIDE_BY_SIDE:
        return first.condition, first.method, trial.shown[1].method, choice == "first"
    if design == PAIRS:
        place = 0 if first.method != REAL else 1
        fake = trial.shown[place]
        return fake.condition, fake.method, place, choice != trial.right
    return first.condition, first.method, 0, choice == "real"
