"""How small networks go with the side of the images: the patches that they look at, and the pairs of an update."""

from __future__ import annotations

POINTS = 16
"""How many times as many pairs an update of points has as one of small images."""


def patch(side: int) -> int:
    """Return the side of the patches that a network takes as one pixel, for images of this side.

    At least 2, where the sides of the U-Net stay even then: of images under 32 px those of 16.
    """
    return max(2, side // 32) if side >= 32 or side == 16 else 1


def batch(pairs: int, side: int) -> int:
    """Return the pairs of an update for images of this side (0: points), where those of 32 px have `pairs`.

    Larger images have fewer, down to a quarter.
    """
    return max(pairs * 32 // max(side, 32), pairs // 4) if side else POINTS * pairs
