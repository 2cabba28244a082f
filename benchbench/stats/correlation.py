"""Rank correlation with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Correlation:
    """Spearman's correlation of n pairs."""

    value: float
    low: float | None
    """Of the 95 % interval; `None` for fewer than four pairs."""
    high: float | None
    n: int


def spearman(first: Sequence[float], second: Sequence[float]) -> Correlation | None:
    """Return Spearman's correlation, ties at their mean rank; `None` for fewer than two pairs or all values alike.

    The interval is Fisher's with the standard error √((1 + ρ²/2)/(n - 3)) of Bonett & Wright (2000): for n below ten it
    is wide, as it should be.
    """
    one, other = (_centred_ranks(np.asarray(values, dtype=np.float64)) for values in (first, second))
    scale = float(np.sqrt((one**2).sum() * (other**2).sum()))
    n = len(one)
    if n < 2 or scale == 0:
        return None
    value = max(-1.0, min(1.0, float((one * other).sum()) / scale))
    if n < 4:
        return Correlation(value, None, None, n)
    half = 1.959964 * float(np.sqrt((1 + value**2 / 2) / (n - 3)))
    z = float(np.arctanh(np.clip(value, -1 + 1e-12, 1 - 1e-12)))
    return Correlation(value, float(np.tanh(z - half)), float(np.tanh(z + half)), n)


def _centred_ranks(values: np.ndarray) -> np.ndarray:
    """Return `float64[n]`: ranks with the mean rank of ties, less their mean."""
    _, place, times = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(times) - (times - 1) / 2)[place]
    return np.asarray(ranks - ranks.mean())
