"""What answers say of a method: rates, sensitivity, criterion and 2(1 - F); pure functions of weighted counts.

All take `float64[..., P]` arrays: weighted numbers of answers per person, with any leading axes of replicates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Counts:
    """Answers of P people, `float64[..., P]` each."""

    fakes: np.ndarray
    fooled: np.ndarray
    """Fakes that were called real."""
    reals: np.ndarray
    missed: np.ndarray
    """Reals that were called fake."""


def rate(hits: np.ndarray, number: np.ndarray) -> np.ndarray:
    """Return `float64[...]`: the share over all people; NaN where there is nothing."""
    import numpy as np

    total = number.sum(-1)
    return np.asarray(np.where(total > 0, hits.sum(-1) / np.where(total > 0, total, 1), np.nan))


def sensitivity(counts: Counts) -> tuple[np.ndarray, np.ndarray]:
    """Return d' and criterion, from rates pooled over people: z(H) - z(FA) and -(z(H) + z(FA)) / 2.

    H: fakes called fake; FA: reals called fake (Green & Swets 1966). A criterion above 0 leans towards "real".
    Rates are (k + 1/2) / (n + 1), so that none is 0 or 1 (the log-linear rule; Hautus 1995).
    """
    from scipy.special import ndtri

    hits = _loglinear((counts.fakes - counts.fooled).sum(-1), counts.fakes.sum(-1))
    alarms = _loglinear(counts.missed.sum(-1), counts.reals.sum(-1))
    return ndtri(hits) - ndtri(alarms), -(ndtri(hits) + ndtri(alarms)) / 2


def forced_sensitivity(counts: Counts) -> tuple[np.ndarray, np.ndarray]:
    """Return d' and criterion of `pairs`: as `sensitivity` with "the second is the fake" for "fake", d' over √2.

    `fakes`: trials whose second image is the fake; `reals`: those whose first is; `fooled`, `missed`: wrong answers.
    """
    difference, criterion = sensitivity(counts)
    return difference / 2**0.5, criterion


def _loglinear(number: np.ndarray, total: np.ndarray) -> np.ndarray:
    found: np.ndarray = (number + 0.5) / (total + 1)
    return found


def f_fake(fooling: np.ndarray, miss: np.ndarray) -> np.ndarray:
    """Return the F-measure of detecting fakes among as many reals: 2 h / (1 + h + m), h = 1 - fooling rate."""
    hit = 1 - fooling
    found: np.ndarray = 2 * hit / (1 + hit + miss)
    return found


def f_real(fooling: np.ndarray, miss: np.ndarray) -> np.ndarray:
    """Return the F-measure of detecting reals among as many fakes."""
    return f_fake(miss, fooling)


def realism(fooling: np.ndarray, miss: np.ndarray, both: bool = False) -> np.ndarray:
    """Return 2 (1 - F): 0 where every answer is right, 1 where nobody distinguishes fakes from reals (F = 1/2).

    F is that of detecting fakes (MR-GAN), or the mean of both classes' F. It is above 1 where people are wrong more
    often than right, and where they call everything real: read it beside d'.
    """
    f = (f_fake(fooling, miss) + f_real(fooling, miss)) / 2 if both else f_fake(fooling, miss)
    return 2 * (1 - f)


def mean_realism(counts: Counts, both: bool = False, weights: np.ndarray | None = None) -> np.ndarray:
    """Return `float64[...]`: 2 (1 - F) with F averaged over people, who count by `weights` (`float64[..., P]`).

    A person without answers to fakes or to reals does not count.
    """
    import numpy as np

    there = (counts.fakes > 0) & (counts.reals > 0)
    fooling = counts.fooled / np.where(counts.fakes > 0, counts.fakes, 1)
    miss = counts.missed / np.where(counts.reals > 0, counts.reals, 1)
    own = there * (1.0 if weights is None else weights)
    total = own.sum(-1)
    found = (own * realism(fooling, miss, both)).sum(-1) / np.where(total > 0, total, 1)
    return np.asarray(np.where(total > 0, found, np.nan))
