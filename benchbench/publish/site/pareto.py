"""The Pareto front of points that are to be large on both axes; pure."""

from __future__ import annotations

from collections.abc import Sequence


def front(points: Sequence[tuple[float, float]]) -> list[int]:
    """Return the indices, in the order given, of the points that no other one beats: as good on both, better on one.

    From the largest x on, a point is on the front if its y is above that of all points with a larger x, and no point of
    its own x has a larger one. Takes time by sorting alone.
    """
    order = sorted(range(len(points)), key=lambda index: points[index], reverse=True)
    found: list[int] = []
    above, highest = float("-inf"), float("-inf")
    x = None
    for index in order:
        own, y = points[index]
        if own != x:
            x, above = own, highest
            highest = max(highest, y)
            top = y
        if y == top and y > above:
            found.append(index)
    return sorted(found)
