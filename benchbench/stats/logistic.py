"""Penalised logistic regressions that leave out one fold of the rows each, fitted together.

All of them start from the regression on all rows. A fold is a small part of the rows, so one Newton matrix per fold
serves all of its steps, and the gradients of all folds are two matrix products.
"""

from __future__ import annotations

import numpy as np

TOLERANCE = 1e-9
"""Largest step, in standard deviations of the linear predictor, at which a fit has converged."""
_SHARED_STEPS, _STEPS, _HALVINGS = 30, 100, 40


def held_out_predictors(
    features: np.ndarray, target: np.ndarray, weights: np.ndarray, folds: np.ndarray, penalty: float
) -> np.ndarray:
    """Return `float64[F, N]`: the log odds of each row by a regression that never saw the row's fold.

    `features` are `float64[N, d]`, `target` is `bool[N]`, `weights` are `float64[N]`, and `folds` is `int[F, N]`: the
    fold of each row in each of F divisions. A regression minimises the weighted negative log-likelihood plus
    `penalty / 2` times the squared length of its slopes, for features standardised over the rows that it sees; the
    intercept is free.
    """
    rows = _standardised(features)
    at = [(division, fold) for division in range(len(folds)) for fold in np.unique(folds[division])]
    seen = np.stack([folds[division] != fold for division, fold in at]).astype(np.float64)
    penalties = penalty * _relative_variances(rows, seen)
    start = newton(rows, target, weights, np.append(np.full(rows.shape[1] - 1, penalty), 0), np.zeros(rows.shape[1]))
    found = _fitted(rows, target, weights, seen, penalties, start)
    predictors = rows @ found.T
    result = np.empty(folds.shape)
    for column, (division, fold) in enumerate(at):
        own = folds[division] == fold
        result[division, own] = predictors[own, column]
    return result


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


def _fitted(
    rows: np.ndarray,
    target: np.ndarray,
    weights: np.ndarray,
    seen: np.ndarray,
    penalties: np.ndarray,
    start: np.ndarray,
) -> np.ndarray:
    """Return the coefficients `float64[B, d]` of B regressions on the rows that each has `seen`, `float64[B, N]`."""
    from scipy.linalg import cho_factor, cho_solve
    from scipy.special import expit

    chance = expit(rows @ start)
    curvature = weights * chance * (1 - chance)
    whole = _product(rows, curvature)
    factors = []
    for own, penalty in zip(seen, penalties, strict=True):
        left_out = own == 0
        matrix = whole - _product(rows[left_out], curvature[left_out])
        factors.append(cho_factor(matrix + np.diag(penalty), overwrite_a=True, check_finite=False))
    found = np.tile(start, (len(seen), 1))
    weighted = (weights * seen).T
    for _ in range(_SHARED_STEPS):
        residuals = weighted * (expit(rows @ found.T) - target[:, None])
        gradients = (rows.T @ residuals).T + penalties * found
        pairs = zip(factors, gradients, strict=True)
        steps = np.stack([cho_solve(factor, each, check_finite=False) for factor, each in pairs])
        found -= steps
        if np.abs(steps).max() < TOLERANCE:
            return found
    pairs = zip(seen, penalties, strict=True)
    return np.stack([newton(rows, target, weights * own, each, start) for own, each in pairs])


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


def _factor(rows: np.ndarray, curvature: np.ndarray, penalties: np.ndarray) -> tuple[np.ndarray, bool]:
    from scipy.linalg import cho_factor

    factor: tuple[np.ndarray, bool] = cho_factor(_product(rows, curvature) + np.diag(penalties), check_finite=False)
    return factor


def _objective(
    rows: np.ndarray, target: np.ndarray, weights: np.ndarray, penalties: np.ndarray, coefficients: np.ndarray
) -> float:
    predictor = rows @ coefficients
    loss = np.logaddexp(0, predictor) - target * predictor
    return float((weights * loss).sum() + (penalties * coefficients**2).sum() / 2)
