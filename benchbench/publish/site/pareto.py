"""The Pareto front of points that are to be large on both axes; pure."""

from __future__ import annotations

from collections.abc import Sequence


def front(points: Sequence[tuple[float, float]]) -> list[int]:
    """Return the indices, in the order given, of the points that no other one beats: as good on both, better on one."""
    return [
        index
        for index, (x, y) in enumerate(points)
        if not any(other[0] >= x and other[1] >= y and other != (x, y) for other in points)
    ]
