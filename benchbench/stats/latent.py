"""How strongly things that are reached or not depend on each other, as their share goes towards 0 or 1; pure.

Each of M things is taken as reached where a hidden normal variable is below a threshold, and any two of these variables
have one correlation r (Pearson's tetrachoric correlation, 1900). At the same r, whether two things are reached depends
the less on each other the nearer their share is to 0 or 1.
"""

from __future__ import annotations

import functools

import numpy as np

NODES, STEPS = 32, 50
"""Of the quadrature over r, and of the bisection."""
MOST = 0.999
"""The largest r that is looked at."""


def continued(effect: float, share: float, whole: float, things: int) -> float:
    """Return φ, the variance of the share of `things` over p (1 - p), at p = `whole`, given that at p = `share`.

    The correlation r of the hidden variables is that which gives `effect` at `share`. Where the things are independent,
    or repel each other (φ ≤ 1 / things), φ stays. A share nearer to 0 or 1 than half a thing counts as half a thing.
    """
    mean = (things * effect - 1) / (things - 1)
    if mean <= 0 or not 0 < share < 1:
        return effect
    low, high = 0.0, MOST
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if binary_correlation(share, middle) < mean else (low, middle)
    edge = 0.5 / things
    return (1 + (things - 1) * binary_correlation(min(max(whole, edge), 1 - edge), low)) / things


def binary_correlation(share: float, r: float) -> float:
    """Return the correlation of two things that are reached with this probability, for 0 ≤ r < 1.

    The probability of both, less that of independent ones, is the integral of the bivariate normal density at the
    threshold over the correlations from 0 to r (Sheppard 1899); with ρ = sin θ its integrand is smooth up to r = 1.
    """
    from scipy.special import ndtri

    threshold, end = float(ndtri(share)), float(np.arcsin(r))
    nodes, weights = _quadrature()
    density = np.exp(-(threshold**2) / (1 + np.sin(end * nodes))) / (2 * np.pi)
    return float(end * (weights @ density)) / (share * (1 - share))


@functools.cache
def _quadrature() -> tuple[np.ndarray, np.ndarray]:
    """Return Gauss's nodes and weights on [0, 1]."""
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    return (nodes + 1) / 2, weights / 2
