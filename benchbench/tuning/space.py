"""Search spaces: which values of a method's options are tried."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from benchbench.core import Method, WrongUsage
from benchbench.specs import convert_options


@dataclass(frozen=True)
class Choice:
    """One of a few values, each as likely."""

    values: tuple[Any, ...]

    def draw(self, generator: np.random.Generator) -> Any:
        """Return one of the values."""
        return self.values[int(generator.integers(len(self.values)))]


@dataclass(frozen=True)
class Range:
    """A number between two, uniform, or uniform in its logarithm; of whole numbers both ends can be drawn."""

    low: float
    high: float
    log: bool = False
    whole: bool = False

    def draw(self, generator: np.random.Generator) -> Any:
        """Return a number of the range; three digits of one that is not whole, as a person would type it."""
        if self.whole and not self.log:
            return int(generator.integers(int(self.low), int(self.high) + 1))
        low, high = (math.log(end) if self.log else end for end in (self.low, self.high))
        drawn = float(generator.uniform(low, high))
        number = math.exp(drawn) if self.log else drawn
        number = round(number) if self.whole else float(f"{number:.3g}")
        return min(max(number, type(number)(self.low)), type(number)(self.high))


Space: TypeAlias = Mapping[str, Choice | Range]


def parse(option: str, given: str | Sequence[Any], method: type[Method]) -> Choice | Range:
    """Return what is tried of an option: `1,2,3` or a list, `0.1..0.5`, or `1e-4..1e-2,log`.

    Raise `WrongUsage` where the method has no such option, or a value is not of its type.
    """
    texts = given.split(",") if isinstance(given, str) else list(given)
    if isinstance(given, str) and ".." in texts[0]:
        return _range(option, texts, method)
    if not texts or "" in texts:
        raise WrongUsage(f"--search {option}={given}: name at least one value, such as {option}=1,2")
    return Choice(tuple(convert_options(method, {option: value})[option] for value in texts))


def _range(option: str, texts: Sequence[str], method: type[Method]) -> Range:
    ends, *more = (text.strip() for text in texts)
    low, high = (convert_options(method, {option: end.strip()})[option] for end in ends.split("..", 1))
    said = f"--search {option}={','.join(texts)}"
    if more not in ([], ["log"]) or not all(type(end) in (int, float) for end in (low, high)):
        raise WrongUsage(f"{said}: a range is LOW..HIGH or LOW..HIGH,log, of an option that is a number")
    if not low < high or not math.isfinite(high - low) or (more and low <= 0):
        raise WrongUsage(f"{said}: the first end is below the second{', and above 0' if more else ''}")
    return Range(low, high, bool(more), type(low) is int)


def draw(space: Space, generator: np.random.Generator) -> dict[str, Any]:
    """Return a value for each option, drawn in the order of the options' names."""
    return {option: space[option].draw(generator) for option in sorted(space)}


def described(space: Space) -> dict[str, Any]:
    """Return the space as plain values, for files: a list of values, or a mapping of a range."""
    return {
        option: list(each.values) if isinstance(each, Choice) else dict(vars(each))
        for option, each in sorted(space.items())
    }
