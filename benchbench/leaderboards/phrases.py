"""Phrases that say the same of several runs but for their numbers, as one."""

from __future__ import annotations

import re
from collections.abc import Iterable

_NUMBER = r"(?<![\w.])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?"
_NUMBERS = re.compile(f"({_NUMBER})(?: to ({_NUMBER}))?(?![\\w])")


def spans(phrases: Iterable[str], most: int = 1) -> dict[str, str]:
    """Return what stands for each phrase: of those alike but for their numbers, one with their ranges.

    `5540 of 6000 samples` and `5083 of 6000 samples` become `5083 to 5540 of 6000 samples`, and so do phrases that have
    ranges. Up to `most` of a kind stay as they are.
    """
    alike: dict[str, list[str]] = {}
    for phrase in dict.fromkeys(phrases):
        alike.setdefault(_NUMBERS.sub("#", phrase), []).append(phrase)
    return {phrase: _ranging(same) if len(same) > most else phrase for same in alike.values() for phrase in same}


def _ranging(phrases: list[str]) -> str:
    """Return the first phrase with the range of all in the place of each number."""
    found = [[_ends(match) for match in _NUMBERS.finditer(phrase)] for phrase in phrases]
    ranges = iter([_range(ends) for ends in zip(*found, strict=True)])
    return _NUMBERS.sub(lambda _: next(ranges), phrases[0])


def _range(ends: Iterable[tuple[str, str]]) -> str:
    lows, highs = zip(*ends, strict=True)
    low, high = min(lows, key=float), max(highs, key=float)
    return low if float(low) == float(high) else f"{low} to {high}"


def _ends(match: re.Match[str]) -> tuple[str, str]:
    return match[1], match[2] or match[1]
