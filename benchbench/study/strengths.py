"""Bradley-Terry strengths from pairwise preferences; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

PRIOR = 0.5
"""Wins added to each side of each pair that was compared, so that a method that always wins has a strength."""
STEPS = 50
LONGEST_STEP = 2.0


def strengths(wins: np.ndarray) -> np.ndarray:
    """Return `float64[..., M]`: log strengths with mean 0, from `wins[..., i, j]`, how often i was preferred to j.

    P(i preferred to j) = 1 / (1 + exp(s_j - s_i)) (Bradley & Terry 1952), by Newton's method. Methods that were never
    compared get no prior win, and the strengths then mean something only where comparisons join all methods.
    """
    import numpy as np

    number = wins.shape[-1]
    others = ~np.eye(number, dtype=bool)
    compared = (wins + np.swapaxes(wins, -1, -2) > 0) & others
    won = np.where(compared, wins + PRIOR, 0.0)
    games = won + np.swapaxes(won, -1, -2)
    found = np.zeros(wins.shape[:-1])
    for _ in range(STEPS):
        expected = 1 / (1 + np.exp(found[..., None, :] - found[..., :, None]))
        gradient = (won - games * expected).sum(-1)
        weight = games * expected * (1 - expected)
        curvature = weight.sum(-1)[..., None] * np.eye(number) - weight
        # the mean is free: a constant on all entries fixes it at 0
        step = np.linalg.solve(curvature + 1 / number + 1e-12 * np.eye(number), gradient[..., None])[..., 0]
        found = found + np.clip(step, -LONGEST_STEP, LONGEST_STEP)
        found -= found.mean(-1, keepdims=True)
        if np.abs(step).max(initial=0) < 1e-10:
            break
    return found
