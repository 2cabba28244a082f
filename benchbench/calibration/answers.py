"""How a metric answers a fault: whether a change can be seen, and from how many conditions; pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

TOLD = 2.0
"""Standard errors beyond which the last step is distinguishable from rest."""
REVERSED = 3.0
"""The same of any two steps: all pairs are looked at, and by chance some pair of five is beyond 3 once in 70."""
POWER = 2.80
"""Standard errors that a difference has to be worth for a power of 80 % at 5 %, two-sided: 1.96 + 0.84."""
ROUNDING = 1e-5
"""A change of this share of the metric's largest value is none: embeddings of near copies differ by their rounding."""
Verdict = Literal["sees", "blind", "wrong", "rises", "falls", "mixed", "flat", "unknown"]
"""`wrong`: better as the fault grows; `rises` to `flat`: of a metric without a better side; `unknown`: no error."""


@dataclass(frozen=True)
class Change:
    """How much higher a metric is at one step than at another."""

    value: float
    standard_error: float | None

    def differs(self, bound: float) -> bool:
        """Return whether it is beyond so many standard errors."""
        return self.standard_error is not None and abs(self.value) > bound * self.standard_error


def verdict(changes: Sequence[Sequence[Change]], higher_is_better: bool | None) -> tuple[Verdict, int | None]:
    """Return the verdict and the step from which it holds, given the change from step i to step j at `[i][j]`.

    `wrong`: some step is better than an earlier one. `sees`: none is, and the last is worse than rest. `blind`: the
    last is not distinguishable from rest. Two steps are distinguishable beyond three standard errors, the last and rest
    beyond two.
    """
    last = len(changes) - 1
    if any(change.standard_error is None for row in changes for change in row):
        return "unknown", None
    risen, fallen = _first_told(changes, 1), _first_told(changes, -1)
    differs = changes[0][last].differs(TOLD)
    since = next((j for j in range(last + 1) if changes[0][j].differs(TOLD)), None)
    if higher_is_better is None:
        if risen is not None and fallen is not None:
            return "mixed", since
        if not differs:
            return "flat", None
        return "rises" if changes[0][last].value > 0 else "falls", since
    better = risen if higher_is_better else fallen
    if better is not None:
        return "wrong", better
    return ("sees", since) if differs else ("blind", None)


def _first_told(changes: Sequence[Sequence[Change]], sign: int) -> int | None:
    """Return the first step that is higher (1) or lower (-1) than some earlier one."""
    last = len(changes) - 1
    for j in range(len(changes)):
        for i in range(j):
            bound = TOLD if (i, j) == (0, last) else REVERSED
            if sign * changes[i][j].value > 0 and changes[i][j].differs(bound):
                return j
    return None


def conditions_needed(change: Change, n: int) -> int | None:
    """Return how many conditions tell the change with 80 % power at 5 % two-sided, given the error of n; 2 at least.

    `None` where there is no change, which no number tells, or no error. Normal approximation: errors fall with √n.
    """
    if change.standard_error is None or change.value == 0:
        return None
    return max(2, math.ceil(n * (POWER * change.standard_error / change.value) ** 2))
