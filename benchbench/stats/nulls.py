"""Whether a number departs from what the true law has: a t-test against the null, with Holm's correction; pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchbench.core import Uncertainty
from benchbench.stats.ranking import holm


def degrees_of(uncertainty: Uncertainty) -> int:
    """Return the degrees of freedom of a standard error: blocks of a jackknife less one, else groups less one."""
    return (uncertainty.blocks or uncertainty.groups) - 1


def departure(value: float, standard_error: float | None, degrees: int, null: float) -> float | None:
    """Return the two-sided p of Student's t-test that the value's expectation is the null; `None` without an error.

    An error of zero leaves no doubt: p is 1 at the null itself, and 0 elsewhere.
    """
    from scipy.special import stdtr

    if standard_error is None or degrees < 1:
        return None
    if standard_error == 0:
        return float(value == null)
    return float(2 * stdtr(degrees, -abs(value - null) / standard_error))


def joint(p_values: Sequence[float]) -> float:
    """Return the p of the hypothesis that all nulls hold: the smallest one after Holm's correction."""
    return float(np.min(holm(p_values)))
