"""Logistic regressions that leave folds out, against scikit-learn's, one at a time."""

import numpy as np
import pytest

from benchbench.core.noise import stream
from benchbench.stats.logistic import held_out, newton


def data_of(rows, features, shift, name):
    generator = stream("logistic", name)
    target = generator.random(rows) < 0.5
    mixed = generator.normal(size=(rows, features)) @ generator.normal(size=(features, features))
    mixed[target] += shift * generator.normal(size=features)
    return mixed * np.exp(generator.normal(size=features)), target, generator.uniform(0.2, 2, rows), generator


@pytest.mark.parametrize(
    ("rows", "features", "shift"),
    [(400, 30, 0.3), (40, 60, 1), (120, 5, 50)],
    ids=["overlapping", "more features than rows", "separable"],
)
def test_every_held_out_row_gets_scikit_learns_log_odds(rows, features, shift):
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    values, target, weights, generator = data_of(rows, features, shift, rows)
    values[:, 1] = 3.5  # constant
    folds = np.stack([generator.permutation(rows) % 5 for _ in range(2)])
    found = held_out(values, target, weights, folds, penalty=4).predictors()
    for division, fold in enumerate(folds):
        for number in range(5):
            own = fold == number
            scaler = StandardScaler().fit(values[~own])
            model = LogisticRegression(C=0.25, solver="newton-cholesky", tol=1e-10, max_iter=1000)
            model.fit(scaler.transform(values[~own]), target[~own], sample_weight=weights[~own])
            expected = model.decision_function(scaler.transform(values[own]))
            assert np.abs(found[division, own] - expected).max() < 1e-6


def test_the_order_of_rows_and_of_divisions_is_of_no_account():
    values, target, weights, generator = data_of(90, 6, 0.5, "order")
    folds = np.stack([generator.permutation(90) % 3 for _ in range(3)])
    order = generator.permutation(90)
    found = held_out(values, target, weights, folds, 1.0).predictors()
    moved = held_out(values[order], target[order], weights[order], folds[::-1][:, order], 1.0).predictors()
    assert np.abs(found[::-1][:, order] - moved).max() < 1e-8


def test_an_intercept_alone_is_the_log_odds_of_the_weights():
    target = np.array([True, True, False])
    found = newton(np.ones((3, 1)), target, np.array([1.0, 2.0, 6.0]), np.zeros(1), np.zeros(1))
    assert found[0] == pytest.approx(np.log(0.5), abs=1e-9)


def test_where_a_fold_changes_much_the_fit_is_made_step_by_step():
    """Ten rows, one of which weighs as a thousand: the Newton matrix of all rows is not that of the other nine."""
    values, target, weights, _ = data_of(10, 2, 0, "heavy")
    weights[0] = 1000
    found = held_out(values, target, weights, np.arange(10)[None], 0.01).predictors()
    centred = values[1:] - values[1:].mean(0)
    rows = np.column_stack([centred / centred.std(0), np.ones(9)])
    own = newton(rows, target[1:], weights[1:], np.array([0.01, 0.01, 0]), np.zeros(3))
    scaled = np.append((values[0] - values[1:].mean(0)) / centred.std(0), 1)
    assert found[0, 0] == pytest.approx(scaled @ own, abs=1e-5)


def test_moved_weights_move_the_log_odds_as_regressions_on_them():
    """To first order, with the Newton matrix of the regression on all rows."""
    values, target, weights, generator = data_of(400, 6, 0.3, "moved")
    folds = np.stack([generator.permutation(400) % 5 for _ in range(2)])
    shares = generator.standard_normal((3, 400))
    whole = held_out(values, target, weights, folds, 1.0)
    found = whole.moved(shares) - whole.predictors()
    for share, own in zip(shares, found):
        sides = [held_out(values, target, weights * (1 + s * share), folds, 1.0).predictors() for s in (1e-4, -1e-4)]
        expected = (sides[0] - sides[1]) / 2e-4
        assert np.linalg.norm(own - expected) < 0.05 * np.linalg.norm(expected)
