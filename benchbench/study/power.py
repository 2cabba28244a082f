"""How many people and trials a difference needs; pure."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from benchbench.core import WrongUsage
from benchbench.study.setting import DESIGNS, SIDE_BY_SIDE, SINGLE

MOST_PEOPLE = 10_000
QUANTILES = 1000


@dataclass(frozen=True)
class Plan:
    """A study that is to find a difference of two methods' rates, and what is expected of people and images."""

    difference: float
    """Of two fooling rates; in `side-by-side` the share that prefers the better one, less 1/2."""
    people: int
    trials: int
    """Scored trials per person."""
    methods: int = 2
    design: str = SINGLE
    rate: float = 0.3
    """The lower of the two fooling rates."""
    people_sd: float = 0.08
    """Of a method's rate between people."""
    correlation: float = 0.5
    """Between two methods' rates over people: a lenient person is fooled by both."""
    images_sd: float = 0.08
    """Of a method's rate between images."""
    images: int = 300
    """Conditions from which each method's images come."""
    level: float = 0.05

    def __post_init__(self) -> None:
        """Raise `WrongUsage` where this is no plan."""
        if self.design not in DESIGNS:
            raise WrongUsage(f"design {self.design!r} is not known; the designs are {', '.join(DESIGNS)}")
        if not 0 < self.difference < 1 or not 0 <= self.rate < 1 or self.rate + self.difference > 1:
            raise WrongUsage(f"rates of {self.rate:g} and {self.rate + self.difference:g}: both lie in 0 to 1")
        if self.people < 2 or self.trials < 2 or self.methods < 2 or self.images < 2:
            raise WrongUsage("a plan has two people, trials, methods and images at least")

    @property
    def pairs(self) -> int:
        """How many pairs of methods are tested."""
        return self.methods * (self.methods - 1) // 2

    @property
    def answers(self) -> float:
        """Answers per person to each method (in `side-by-side`: to each pair of methods)."""
        if self.design == SIDE_BY_SIDE:
            return self.trials / self.pairs
        return self.trials / (2 if self.design == SINGLE else 1) / self.methods

    def error(self) -> float:
        """Return the standard error of the difference over people, images and single answers."""
        if self.design == SIDE_BY_SIDE:
            return math.sqrt(self._variance(0.5 + self.difference, 1.0))
        shared = 1 - self.correlation
        return math.sqrt(sum(self._variance(each, shared) for each in (self.rate, self.rate + self.difference)))

    def rate_error(self) -> float:
        """Return the standard error of the lower rate alone."""
        return math.sqrt(self._variance(0.5 if self.design == SIDE_BY_SIDE else self.rate, 1.0))

    def _variance(self, rate: float, share: float) -> float:
        """Return the variance of one rate, `share` of that between people counting."""
        answers = self.people * self.answers
        within = max(0.0, rate * (1 - rate) - self.people_sd**2 - self.images_sd**2)
        images = min(self.images, answers)
        return share * self.people_sd**2 / self.people + self.images_sd**2 / images + within / answers

    def power(self) -> float:
        """Return the probability that the t-test finds the difference, after Holm's correction at its strictest."""
        from scipy.special import stdtrit

        degrees = max(1.0, min(self.people, self.images, self.people * self.answers) - 1)
        critical = float(stdtrit(degrees, 1 - self.level / self.pairs / 2))
        return beyond(critical, degrees, self.difference / self.error())


def beyond(critical: float, degrees: float, shift: float) -> float:
    """Return P(|T| > critical) of the noncentral t law: the mean over quantiles of the chi-square law below it."""
    import numpy as np
    from scipy.special import gammaincinv, ndtr

    shares = (np.arange(QUANTILES) + 0.5) / QUANTILES
    scale = critical * np.sqrt(2 * gammaincinv(degrees / 2, shares) / degrees)
    return float((ndtr(shift - scale) + ndtr(-shift - scale)).mean())


def people_needed(plan: Plan, power: float = 0.8) -> int | None:
    """Return the least number of people with this power; `None` where 10,000 would not do."""
    low, high = 2, MOST_PEOPLE
    if replace(plan, people=high).power() < power:
        return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if replace(plan, people=middle).power() >= power else (middle + 1, high)
    return low
