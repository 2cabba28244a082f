"""Whether a training went well: the bounds that its trainer gives, and what was measured near the end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LAST = 0.1
"""The share of the steps, at the end, over which losses are averaged."""
SPREAD_KEPT = "spread-kept"
Bounds = Mapping[str, tuple[float | None, float | None]]


class Health:
    """Means of losses over the last steps, and how the spread of previews went."""

    def __init__(self, bounds: Bounds, num_steps: int) -> None:
        self._bounds, self._from = bounds, (1 - LAST) * num_steps
        self._sums: dict[str, float] = {}
        self._number = 0
        self._spreads: list[float] = [0.0, 0.0]
        """The last one and the largest."""

    def look(self, step: int, losses: Mapping[str, float]) -> None:
        """Take in the losses of one step."""
        if self._bounds and step > self._from:
            self._number += 1
            for name in self._bounds:
                if name in losses:
                    self._sums[name] = self._sums.get(name, 0.0) + losses[name]

    def look_at_spread(self, spread: float) -> None:
        """Take in the spread of a preview."""
        self._spreads = [spread, max(spread, self._spreads[1])]

    def state(self) -> dict[str, Any]:
        """Return what it has seen."""
        return {"sums": self._sums, "number": self._number, "spreads": self._spreads}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from what it had seen."""
        self._sums, self._number, self._spreads = dict(state["sums"]), int(state["number"]), list(state["spreads"])

    def provenance(self) -> dict[str, Any]:
        """Return for each bound what was found, the bounds, and whether it holds; what was not measured is left out."""
        found = {name: total / self._number for name, total in self._sums.items()}
        last, largest = self._spreads
        if SPREAD_KEPT in self._bounds and largest:
            found[SPREAD_KEPT] = last / largest
        return {
            name: {"value": value, "bounds": list(self._bounds[name]), "healthy": _lies(value, *self._bounds[name])}
            for name, value in found.items()
        }


def _lies(value: float, low: float | None, high: float | None) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)
