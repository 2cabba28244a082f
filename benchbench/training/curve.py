"""The validation curve of a training: the task's ranking score on held-out examples, and whether it still falls."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

EARLY, LATE = 10, 20
"""How often the score is taken: every 10 % of the steps at first, and every 5 % where the slope is fitted. A sampler of
many steps makes each point cost as much as many updates."""
LEAST_STEPS = 200
"""A shorter training has no curve: it is a trial."""
LAST = 0.25
"""The share of the steps, at the end, over which the slope is fitted."""
ERRORS = 2.0
"""How many standard errors a slope must differ from 0 by."""


@dataclass(frozen=True)
class Point:
    """One value of the curve."""

    step: int
    value: float
    standard_error: float | None
    """Over the held-out conditions, which are the same at every point, as their noise is."""
    values: tuple[float, ...] = ()
    """Of each condition; empty where the score is one of the whole set."""


def is_point(done: int, num_steps: int) -> bool:
    """Return whether the score is taken after so many steps."""
    if num_steps < LEAST_STEPS:
        return False
    points = LATE if done >= (1 - LAST) * num_steps else EARLY
    return done * points // num_steps > (done - 1) * points // num_steps


def still_improves(points: Sequence[Point], num_steps: int, higher_is_better: bool) -> bool | None:
    """Return whether the score still gets better at the end; `None` where too few points are there to say so.

    A line is fitted to the points of the last quarter of the steps (least squares). It still gets better where the
    slope is better than flat by more than two standard errors: of the points' scatter about the line, and of the slopes
    of the conditions, each of which has one of its own.
    """
    last = [point for point in points if point.step >= (1 - LAST) * num_steps]
    if len(last) < 4:
        return None
    steps = np.array([point.step for point in last], dtype=np.float64) / num_steps
    values = np.array([point.value for point in last], dtype=np.float64)
    away = steps - steps.mean()
    slope = float(away @ values / (away @ away))
    left = values - values.mean() - slope * away
    variance = float(left @ left) / (len(last) - 2) / float(away @ away)
    by_condition = [point.values for point in last]
    if len(by_condition[0]) > 1:
        slopes = away @ np.array(by_condition) / (away @ away)
        variance += float(slopes.var(ddof=1)) / len(slopes)
    return slope * (1 if higher_is_better else -1) > ERRORS * math.sqrt(variance)


class Curve:
    """The points so far, and what they say."""

    def __init__(self, specification: str, higher_is_better: bool, num_steps: int) -> None:
        self.specification = specification
        self._higher_is_better, self._num_steps = higher_is_better, num_steps
        self._points: list[Point] = []

    def add(self, point: Point) -> None:
        """Add the score after so many steps."""
        self._points.append(point)

    def state(self) -> list[list[Any]]:
        """Return the points as `[step, value, standard error, values of the conditions]`."""
        return [[point.step, point.value, point.standard_error, list(point.values)] for point in self._points]

    def restore(self, state: Sequence[Sequence[Any]]) -> None:
        """Go on from the points of a state."""
        self._points = [Point(int(step), value, error, tuple(values)) for step, value, error, values in state]

    def provenance(self) -> dict[str, Any]:
        """Return what a checkpoint says of its curve, without the conditions' values; empty where there is none."""
        if not self._points:
            return {}
        improves = still_improves(self._points, self._num_steps, self._higher_is_better)
        points = [[point.step, point.value, point.standard_error] for point in self._points]
        return {"score": self.specification, "points": points, "still_improves": improves}
