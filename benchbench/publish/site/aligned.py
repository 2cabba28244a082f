"""Numbers that stand with their points below one another; pure."""

from __future__ import annotations

from collections.abc import Sequence

DIGIT, POINT = "\u2007", "\u2008"
"""Spaces as wide as a digit and as a full stop."""


def aligned(numbers: Sequence[str]) -> list[str]:
    """Return the decimal numbers, padded with spaces of the width of digits so that their points are in one line."""
    parts = [number.partition(".") for number in numbers]
    before = max((len(whole) for whole, _, _ in parts), default=0)
    after = max((len(decimals) for _, _, decimals in parts), default=0)
    none = POINT if after else ""
    return [
        DIGIT * (before - len(whole)) + whole + (point or none) + decimals + DIGIT * (after - len(decimals))
        for whole, point, decimals in parts
    ]
