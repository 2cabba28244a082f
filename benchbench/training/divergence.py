"""When a training has diverged: a loss that is not a number, or one that has become enormous and stays so."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

LARGE, GROWN, PATIENCE, AT_THE_END = 1e6, 1e3, 50, 5
"""A loss has exploded that was over `LARGE`, and over `GROWN` times its least, at `PATIENCE` steps in a row.

At the end of a training, which leaves no time to come back, `AT_THE_END` steps are enough.

One step proves nothing: a likelihood loss divides by the variance of a few samples, whose inverse has no finite mean.
"""


class Watch:
    """Looks at the losses of one step after the other."""

    def __init__(self) -> None:
        self._least: dict[str, float] = {}
        self._large: dict[str, int] = {}
        """For how many steps each loss has been too large."""

    def look(self, losses: Mapping[str, float], last: bool = False) -> str | None:
        """Return the name of a loss that has diverged by this step, which may be the last one of the training."""
        patience = AT_THE_END if last else PATIENCE
        for name, value in losses.items():
            size = abs(value)
            if not math.isfinite(size):
                return name
            self._least[name] = min(size, self._least.get(name, size))
            large = size > LARGE and size > GROWN * self._least[name]
            self._large[name] = self._large.get(name, 0) + 1 if large else 0
            if self._large[name] >= patience:
                return name
        return None

    @property
    def large(self) -> str | None:
        """The name of a loss that is too large just now; it may yet come back."""
        return next((name for name, steps in self._large.items() if steps), None)

    def state(self) -> dict[str, Any]:
        """Return what it has seen."""
        return {"least": self._least, "large": self._large}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from what it had seen."""
        self._least, self._large = dict(state["least"]), dict(state["large"])
