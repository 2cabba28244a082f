"""Small pictures of training curves, as the points of a line in a box; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchbench.core.record import RecordedCurve

WIDTH, HEIGHT = 320, 96


@dataclass(frozen=True)
class Curve:
    """One training."""

    task: str
    label: str
    seed: int | None
    score: str
    line: str
    """The points of a polyline in a box of `WIDTH` by `HEIGHT`; the lowest value is at the bottom."""
    steps: int
    low: float
    high: float
    first: float
    last: float
    why: str
    """Why the training is not known to be finished; empty where it is."""


def drawn(points: Sequence[tuple[int, float, float | None]]) -> tuple[str, float, float]:
    """Return the polyline of `(steps, value, error)` points, and the lowest and highest value."""
    values, last = [value for _, value, _ in points], max(step for step, _, _ in points) or 1
    low, high = min(values), max(values)
    room = (high - low) or 1.0
    line = " ".join(f"{WIDTH * step / last:.1f},{HEIGHT * (1 - (value - low) / room):.1f}" for step, value, _ in points)
    return line, low, high


def curve_of(stored: RecordedCurve, task: str, label: str, seed: int | None, why: str) -> Curve:
    """Return the picture of a stored curve."""
    line, low, high = drawn(stored.points)
    first, last = stored.points[0], stored.points[-1]
    return Curve(task, label, seed, stored.score, line, last[0], low, high, first[1], last[1], why)
