"""Penalised logistic regressions that leave out one fold of the rows each, fitted together.

All of them start from the regression on all rows. A fold is a small part of the rows, so one Newton matrix per fold
serves all of its steps, and the gradients of all folds are two matrix products.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

TOLERANCE = 1e-9
"""Largest step, in standard deviations of the linear predictor, at which a fit has converged."""
_SHARED_STEPS, _STEPS, _HALVINGS = 30, 100, 40


Factor = tuple[np.ndarray, bool]
"""A Cholesky factor, as SciPy returns it."""


@dataclass(frozen=True)
class HeldOut:
    """Regressions of N rows that leave out one fold each of F divisions; B in all."""

    rows: np.ndarray
    """`float64[N, d]`, standardised, with the intercept's column."""
    target: np.ndarray
    """`bool[N]`."""
    weights: np.ndarray
    """`float64[N]`."""
    left_out: Sequence[tuple[int, np.ndarray]]
    """Of each regression its division, and `bool[N]`: the rows that it never saw."""
    coefficients: np.ndarray
    """`float64[B, d]`."""
    factors: Sequence[Factor]
    """Of the Newton matrices, at the coefficients of the regression on all rows."""

    def predictors(self) -> np.ndarray:
        """Return `float64[F, N]`: the log odds of each row by the regression that never saw it."""
        found: np.ndarray = self._of(self.coefficients.T[:, :, None])[0]
        return found

    def moved(self, multipliers: np.ndarray) -> np.ndarray:
        """Return `float64[D, F, N]`, the same to first order where each row's weight grows by D shares `[D, N]` of it.

        One step of Newton's method, from the regressions on the weights as they are.
        """
        from scipy.linalg import cho_solve
        from scipy.special import expit

        found = []
        for (_, out), own, factor in zip(self.left_out, self.coefficients, self.factors, strict=True):
            seen = self.rows[~out]
            residuals = self.weights[~out] * (expit(seen @ own) - self.target[~out])
            gradients = seen.T @ (residuals[:, None] * multipliers.T[~out])
            found.append(own[:, None] - cho_solve(factor, gradients, check_finite=False))
        return self._of(np.stack(found, 1))

    def _of(self, coefficients: np.ndarray) -> np.ndarray:
        """Return `float64[D, F, N]` by coefficients `[d, B, D]`."""
        divisions = 1 + max(division for division, _ in self.left_out)
        result = np.empty((coefficients.shape[2], divisions, len(self.rows)))
        for number, (division, out) in enumerate(self.left_out):
            result[:, division, out] = (self.rows[out] @ coefficients[:, number]).T
        return result


def held_out(
    features: np.ndarray, target: np.ndarray, weights: np.ndarray, folds: np.ndarray, penalty: float
) -> HeldOut:
    """Return the regressions of which each leaves out one fold of one division.

    `features` are `float64[N, d]`, `target` is `bool[N]`, `weights` are `float64[N]`, and `folds` is `int[F, N]`: the
    fold of each row in each of F divisions. A regression minimises the weighted negative log-likelihood plus
    `penalty / 2` times the squared length of its slopes, for features standardised over the rows that it sees; the
    intercept is free.
    """
    rows = _standardised(features)
    left_out = [(i, folds[i] == fold) for i in range(len(folds)) for fold in np.unique(folds[i])]
    seen = np.stack([~out for _, out in left_out]).astype(np.float64)
    penalties = penalty * _relative_variances(rows, seen)
    start = newton(rows, target, weights, np.append(np.full(rows.shape[1] - 1, penalty), 0), np.zeros(rows.shape[1]))
    factors = _factors(rows, weights, seen, penalties, start)
    found = _fitted(rows, target, weights * seen, penalties, start, factors)
    return HeldOut(rows, target, weights, left_out, found, factors)


def newton(
    rows: np.ndarray, target: np.ndarray, weights: np.ndarray, penalties: np.ndarray, start: np.ndarray
) -> np.ndarray:
    """Return the coefficients `float64[d]` of a weighted ridge logistic regression, by Newton's method with halving.

    `rows` are `float64[N, d]`, the intercept's column among them; `penalties` are `float64[d]`, 0 for the intercept.
    """
    from scipy.linalg import cho_solve
    from scipy.special import expit

    found: np.ndarray = start
    value = _objective(rows, target, weights, penalties, found)
    for _ in range(_STEPS):
        chance = expit(rows @ found)
        gradient = rows.T @ (weights * (chance - target)) + penalties * found
        step: np.ndarray = cho_solve(_factor(rows, weights * chance * (1 - chance), penalties), gradient)
        for _ in range(_HALVINGS):
            new = _objective(rows, target, weights, penalties, found - step)
            if new <= value:
                break
            step = step / 2
        else:
            break  # nothing lower within rounding
        found, value = found - step, new
        if np.abs(step).max() < TOLERANCE:
            break
    return found


def _factors(
    rows: np.ndarray, weights: np.ndarray, seen: np.ndarray, penalties: np.ndarray, at: np.ndarray
) -> list[Factor]:
    """Return the factors of the Newton matrices, at coefficients `[d]`, of B regressions on rows `seen`, `[B, N]`."""
    from scipy.linalg import cho_factor
    from scipy.special import expit

    chance = expit(rows @ at)
    curvature = weights * chance * (1 - chance)
    whole = _product(rows, curvature)
    factors = []
    for own, penalty in zip(seen, penalties, strict=True):
        out = own == 0
        matrix = whole - _product(rows[out], curvature[out])
        factors.append(cho_factor(matrix + np.diag(penalty), overwrite_a=True, check_finite=False))
    return factors


def _fitted(
    rows: np.ndarray,
    target: np.ndarray,
    weights: np.ndarray,
    penalties: np.ndarray,
    start: np.ndarray,
    factors: Sequence[Factor],
) -> np.ndarray:
    """Return the coefficients `float64[B, d]` of B regressions with weights `[B, N]`, 0 for what one does not see."""
    from scipy.linalg import cho_solve
    from scipy.special import expit

    found = np.tile(start, (len(weights), 1))
    for _ in range(_SHARED_STEPS):
        residuals = weights.T * (expit(rows @ found.T) - target[:, None])
        gradients = (rows.T @ residuals).T + penalties * found
        pairs = zip(factors, gradients, strict=True)
        steps = np.stack([cho_solve(factor, each, check_finite=False) for factor, each in pairs])
        found -= steps
        if np.abs(steps).max() < TOLERANCE:
            return found
    return np.stack([newton(rows, target, own, each, start) for own, each in zip(weights, penalties, strict=True)])


def _standardised(features: np.ndarray) -> np.ndarray:
    """Return `float64[N, d + 1]`: standardised columns, and one of ones; a constant column is 0."""
    rows = np.ones((len(features), features.shape[1] + 1))
    centred = features - features.mean(0)
    spread = centred.std(0)
    rows[:, :-1] = centred / np.where(spread > 0, spread, 1)
    return rows


def _relative_variances(rows: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Return `float64[B, d + 1]`: each column's variance over the rows `seen`; 1 where it is constant, 0 at the end."""
    number = seen.sum(1, keepdims=True)
    mean = seen @ rows / number
    variance = seen @ rows**2 / number - mean**2
    variance[variance < 1e-12] = 1
    variance[:, -1] = 0
    return np.asarray(variance)


def _product(rows: np.ndarray, curvature: np.ndarray) -> np.ndarray:
    scaled = rows * np.sqrt(curvature)[:, None]
    return np.asarray(scaled.T @ scaled)


def _factor(rows: np.ndarray, curvature: np.ndarray, penalties: np.ndarray) -> Factor:
    from scipy.linalg import cho_factor

    factor: Factor = cho_factor(_product(rows, curvature) + np.diag(penalties), check_finite=False)
    return factor


def _objective(
    rows: np.ndarray, target: np.ndarray, weights: np.ndarray, penalties: np.ndarray, coefficients: np.ndarray
) -> float:
    predictor = rows @ coefficients
    loss = np.logaddexp(0, predictor) - target * predictor
    return float((weights * loss).sum() + (penalties * coefficients**2).sum() / 2)
