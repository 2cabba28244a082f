"""Simulated observers: signal detection with people and images that differ; for rehearsals and tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchbench.core.noise import stream
from benchbench.study.design import BAD, REAL, Trial
from benchbench.study.setting import PAIRS, SINGLE, Setting

if TYPE_CHECKING:
    import numpy as np

OBVIOUS = 5.0
"""Sensitivity to an obviously bad image."""
FRAME = 1000 / 60


@dataclass(frozen=True)
class Observers:
    """How people answer: an image looks fake by d' + noise, and is called fake above a person's criterion.

    In `side-by-side` the image that looks less fake is preferred, with logistic noise: strengths are minus d'.
    """

    sensitivities: tuple[float, ...]
    """d' of each method."""
    criterion: float = 0.0
    """Mean over people, from the middle of real images: 0 calls half of them fake."""
    people_sd: float = 0.3
    """Of criteria between people (of strengths, in `side-by-side`)."""
    image_sd: float = 0.3
    """Of looking fake, between images."""
    lapses: float = 0.02
    """Share of answers that are guessed."""
    wrong_timings: float = 0.01
    """Share of trials that a browser shows for three frames too long."""
    careless: float = 0.0
    """Share of people who always press the same key."""


class Crowd:
    """Observers drawn for a study of M methods and C conditions; equal keys, equal people."""

    def __init__(self, observers: Observers, setting: Setting, conditions: int, *key: str | int) -> None:
        self.observers, self.setting = observers, setting
        self.random = stream("study observers", *key)
        methods = len(observers.sensitivities)
        self.looks = self.random.normal(0, observers.image_sd, (methods + 2, conditions))
        self.means = fakeness(observers.sensitivities)

    def choices(self, trials: Sequence[Trial]) -> list[str]:
        """Return one person's answers."""
        own = self.observers
        shift = self.random.normal(0, own.people_sd, len(self.means))
        criterion = own.criterion + self.random.normal(0, own.people_sd)
        careless = self.random.random() < own.careless
        draws = self.random.random((len(trials), 3))
        first, second = self.setting.choices
        found = []
        for trial, (draw, lapse, guess) in zip(trials, draws.tolist(), strict=True):
            if careless:
                found.append(first)
            elif lapse < own.lapses:
                found.append(first if guess < 0.5 else second)
            else:
                found.append(first if draw < self._first(trial, criterion, shift) else second)
        return found

    def _first(self, trial: Trial, criterion: float, shift: np.ndarray) -> float:
        """Return the probability of the first of the two answers."""
        from scipy.special import expit, ndtr

        fakes = [self.means[each.method] + self.looks[each.method, each.condition] for each in trial.shown]
        if self.setting.design == SINGLE:
            return float(ndtr(criterion - fakes[0]))  # real
        if self.setting.design == PAIRS:
            return float(ndtr((fakes[0] - fakes[1]) / 2**0.5 - criterion))  # the first is the fake
        own = [fake - shift[each.method] for fake, each in zip(fakes, trial.shown, strict=True)]
        return float(expit(own[1] - own[0]))  # the first looks more real


def fakeness(sensitivities: Sequence[float]) -> np.ndarray:
    """Return `float64[M + 2]`: how fake each method looks, then `BAD` and `REAL`, by negative index."""
    import numpy as np

    assert (BAD, REAL) == (-2, -1)
    return np.array([*sensitivities, OBVIOUS, 0.0])


def lines_of(crowd: Crowd, seat: int, trials: Sequence[Trial]) -> list[dict[str, Any]]:
    """Return the log of one simulated person, marked as such."""
    timing = crowd.setting.timing
    screen = {"screen": [1280.0, 800.0], "ratio": 1.0, "frame": FRAME, "touch": False, "colour": ""}
    lines: list[dict[str, Any]] = [{"kind": "start", "seat": seat, **screen, "simulated": True}]
    moment = 1000.0
    for number, (trial, choice) in enumerate(zip(trials, crowd.choices(trials), strict=True)):
        late = 3 * FRAME if crowd.random.random() < crowd.observers.wrong_timings else 0.0
        on, off = [], []
        for _ in range(len(trial.shown) if crowd.setting.design != "side-by-side" else 1):
            on.append(moment)
            moment += timing.exposure + late
            off.append(moment)
            moment += timing.between
        waited = float(300 + crowd.random.exponential(400))
        answer = {"trial": number, "choice": choice, "milliseconds": waited, "on": on, "off": off, "frame": FRAME}
        lines.append({"kind": "answer", "seat": seat, **answer})
        moment += waited + timing.gap + timing.fixation
    return [*lines, {"kind": "done", "seat": seat}]
