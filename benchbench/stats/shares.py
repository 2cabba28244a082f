"""Errors of a share of things that the conditions together reach, such as real images or bins; pure.

Whether a real image is reached depends on all conditions together. Leaving conditions out counts the images that one
condition alone reaches, as if each condition added a share of its own; a bootstrap holds two thirds of the conditions,
and reaches fewer. So the variance is measured where that can be done without bias: of the shares of disjoint subsets,
halves and quarters of the conditions. It is written as φ p (1 - p): p is the share, and 1/φ is how many independent
things the dependent ones are worth (a design effect, as in Rao & Scott 1981). From quarters over halves to all
conditions, log φ is continued by a straight line. Near 1 that is too slow: the few things that are missed are missed
for their own reasons (`benchbench.stats.latent`), so φ falls faster, and of both continuations the geometric mean is
taken. The interval is Wilson's (1927) for 1/φ things, with Student's t: a symmetric one is too narrow near 0 and 1.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np

from benchbench.core import Estimate, Uncertainty
from benchbench.core import uncertainty as kinds
from benchbench.core.noise import stream
from benchbench.stats.latent import continued

SPLITS = 100
"""How often the conditions are cut into halves, and into quarters half as often."""
Shares = Callable[[np.ndarray], np.ndarray]
"""From subsets of the groups, `bool[R, G]` (in it or not), to the share of each subset, `float64[R]`."""


def share_estimate(shares: Shares, groups: Sequence[str], things: int | None = None) -> Estimate:
    """Return the share of all conditions, whose groups are G in the order of their names, with its error and interval.

    `things` is how many things it is a share of, where each is reached or not; `None` where it is a share of tests.
    Without an error where there is a single group.
    """
    n, number = len(groups), len(set(groups))
    share = float(shares(np.ones((1, number), dtype=bool))[0])
    if number < 2:
        return Estimate(share, None, n)
    effect = design_effect(shares, number, things)
    error = float(np.sqrt(effect * share * (1 - share)))
    interval = wilson(share, effect, number - 1)
    return Estimate(share, error, n, Uncertainty(kinds.SUBSAMPLES, n, number), interval)


def reached(found: np.ndarray) -> Shares:
    """Return the shares of M things that subsets of G groups reach, given what each group reaches, `bool[M, G]`."""
    by_group = found.T.astype(np.float32)
    return lambda chosen: ((chosen.astype(np.float32) @ by_group) > 0).mean(1, dtype=np.float64)


def design_effect(shares: Shares, number: int, things: int | None = None) -> float:
    """Return φ of all groups: φ of halves, times what it was multiplied by from quarters to halves.

    That of halves alone with fewer than four groups, or where quarters do not differ; 0 where halves do not. With
    `things`, the geometric mean of that and of φ at a constant latent correlation.
    """
    share, halves = _effect(shares, number, 2)
    quarters = _effect(shares, number, 4)[1] if number >= 4 else 0.0
    straight = halves * halves / quarters if quarters else halves
    if things is None or things < 2 or not straight:
        return straight
    whole = float(shares(np.ones((1, number), dtype=bool))[0])
    return float(np.sqrt(straight * continued(halves, share, whole, things)))


def _effect(shares: Shares, number: int, parts: int) -> tuple[float, float]:
    """Return the mean share of a subset, and its variance over p (1 - p), from so many disjoint subsets at a time."""
    generator = stream("shares", number, parts)
    size, splits = number // parts, 2 * SPLITS // parts
    order = generator.random((splits, number)).argsort(1)
    found = []
    for part in range(parts):
        chosen = np.zeros((splits, number), dtype=bool)
        np.put_along_axis(chosen, order[:, part * size : (part + 1) * size], True, 1)
        found.append(shares(chosen))
    own = np.stack(found)
    binomial = own.mean() * (1 - own.mean())
    return float(own.mean()), float(own.var(0, ddof=1).mean() / binomial) if binomial > 0 else 0.0


def with_wilson(estimate: Estimate, number: int) -> Estimate:
    """Return the estimate of a share with Wilson's interval for as many independent things as its error says.

    These are at most the `number` of things that it is the share of: where it is 0 or 1 the error says nothing.
    """
    stated, error, share = estimate.uncertainty, estimate.standard_error, estimate.value
    if error is None or stated is None or stated.degrees is None:
        return estimate
    binomial = share * (1 - share)
    effect = max(error**2 / binomial if binomial > 0 else 0.0, 1 / number)
    return dataclasses.replace(estimate, interval=wilson(share, effect, stated.degrees))


def wilson(share: float, effect: float, degrees: float) -> tuple[float, float]:
    """Return the 95 % interval of a share of 1/`effect` independent things, by Student's t with so many degrees."""
    from scipy.special import stdtrit

    square = float(stdtrit(degrees, 0.975)) ** 2 * effect
    centre = (share + square / 2) / (1 + square)
    margin = float(np.sqrt(square * share * (1 - share) + square**2 / 4)) / (1 + square)
    high = centre + margin
    low = share**2 / ((1 + square) * high) if high > 0 else 0.0  # the product of both ends; their difference is rounded
    return low, min(1.0, high)
