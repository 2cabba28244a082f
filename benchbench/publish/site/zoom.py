"""What part of a plot is shown where a few points lie far from all others; pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

FENCE = 3.0
"""Interquartile ranges beyond the quartiles, from where on a value is far out (Tukey 1977, section 2E)."""


def window(values: Sequence[float]) -> tuple[float, float]:
    """Return the lowest and the highest value that is not far out; both ends where nothing spreads."""
    lower, upper = np.quantile(np.asarray(values, np.float64), [0.25, 0.75])
    room = FENCE * (upper - lower)
    kept = [value for value in values if lower - room <= value <= upper + room] if room > 0 else list(values)
    return min(kept), max(kept)


def of_points(points: Sequence[Mapping[str, Any]], logarithmic: bool = False) -> dict[str, Any]:
    """Return the `window` of both axes, over points `x` and `y` of `[value, low, high]`, and the labels left `outside`.

    A point on the front is never outside. With `logarithmic` x is judged by its logarithm.
    """
    across = [math.log10(point["x"][0]) if logarithmic else point["x"][0] for point in points]
    up = [point["y"][0] for point in points]
    front = [place for place, point in enumerate(points) if point["front"]]
    ends = []
    for values in (across, up):
        low, high = window(values)
        ends.append((min([low, *(values[i] for i in front)]), max([high, *(values[i] for i in front)])))
    (left, right), (bottom, top) = ends
    outside = [
        point["label"]
        for point, x, y in zip(points, across, up, strict=True)
        if not (left <= x <= right and bottom <= y <= top)
    ]
    if logarithmic:
        left, right = 10**left, 10**right
    return {"window": {"x": [left, right], "y": [bottom, top]}, "outside": outside}
