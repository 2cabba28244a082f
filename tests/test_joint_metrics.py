"""Distances of (condition, output) pairs: closed forms, corrections and what marginal distances cannot see."""

import numpy as np
import pytest

from benchbench.core.noise import stream
from benchbench.metrics import _joint
from benchbench.metrics.conditional_frechet import GivenCondition, distance, estimated
from benchbench.metrics.conditional_vendi import conditional_vendi, information_vendi, units
from benchbench.metrics.frechet import frechet_distance
from benchbench.metrics.joint_frechet import joint_distance
from benchbench.metrics.joint_realism import joint_realism
from benchbench.plugins import get_task


def given(mean, slope, std):
    return GivenCondition(np.array([mean]), np.array([[slope]]), np.array([[std**2]]))


# conditional Fréchet distance


@pytest.mark.parametrize(
    ("truth", "samples"), [((0.0, 1.0, 1.0), (0.0, 0.0, 2**0.5)), ((0.3, 0.5, 0.2), (-1.0, 2.0, 0.7))]
)
def test_it_is_the_closed_form_of_linear_gaussians(truth, samples):
    """(Δμ)² + (a - b)² + (σ - τ)² for x ~ N(0, 1)."""
    parts = distance(given(*truth), given(*samples), np.eye(1))
    expected = [(one - other) ** 2 for one, other in zip(truth, samples, strict=True)]
    assert [parts.means, parts.dependence, parts.residuals] == pytest.approx(expected, abs=1e-8)
    assert parts.total == pytest.approx(sum(expected), abs=1e-8)


def test_it_sees_what_the_marginal_distance_cannot():
    parts = distance(given(0, 1, 1), given(0, 0, 2**0.5), np.eye(1))
    assert parts.total == pytest.approx(1.1715728752538097, abs=1e-12)
    assert frechet_distance(np.zeros(1), np.full((1, 1), 2.0), np.zeros(1), np.full((1, 1), 2.0)) == pytest.approx(0)


@pytest.mark.parametrize("least", [0.0, 0.5])
def test_it_is_the_closed_form_in_many_dimensions(least):
    """Residual covariances that commute: Σ (√λ - √μ)², also of singular ones."""
    law = stream("basis")
    basis, _ = np.linalg.qr(law.standard_normal((5, 5)))
    first, second = np.array([1.0, 2, 3, 4, least]), np.array([4.0, 1, least, 2, least])
    slopes = law.standard_normal((2, 5, 2))
    covariance = np.array([[2.0, 0.3], [0.3, 1.0]])
    laws = [
        GivenCondition(np.full(5, float(i)), slope, basis * values @ basis.T)
        for i, (slope, values) in enumerate(zip(slopes, (first, second), strict=True))
    ]
    parts = distance(*laws, covariance)
    off = slopes[0] - slopes[1]
    assert parts.means == pytest.approx(5, abs=1e-8)
    assert parts.dependence == pytest.approx(np.einsum("dq,qp,dp->", off, covariance, off), abs=1e-8)
    assert parts.residuals == pytest.approx(((np.sqrt(first) - np.sqrt(second)) ** 2).sum(), abs=1e-12)


def drawn(n, k, q, d, seed, slope):
    """Return conditions and outputs y = a x + ε, one slope for all dimensions."""
    law = stream("linear", n, seed)
    x = law.standard_normal((n, q))
    return x, slope * x[:, None, :1] + law.standard_normal((n, k, d)), law


def test_identical_outputs_have_no_distance():
    x, y, _ = drawn(60, 3, 2, 4, 0, 1.0)
    parts = estimated(x, y, y)
    assert [parts.means, parts.dependence, parts.residuals] == pytest.approx([0, 0, 0], abs=1e-10)


@pytest.mark.parametrize(("r", "k"), [(1, 1), (20, 20), (1, 20)])
def test_the_correction_takes_the_bias_off(r, k):
    """Two draws of one law: without the correction the dependence's part is q (1/R + 1/K) d / N = 0.4 for R = K = 1."""
    found = []
    for seed in range(40):
        x, both, _ = drawn(100, r + k, 4, 5, seed, 0.7)
        found.append(estimated(x, both[:, :r], both[:, r:]))
    for name in ("means", "dependence"):
        values = np.array([getattr(parts, name) for parts in found])
        assert abs(values.mean()) < 3.5 * values.std() / 40**0.5
    bias = 4 * (1 / r + 1 / k) * 5 / 100
    assert abs(np.mean([parts.dependence for parts in found])) < bias / 3


def test_residual_covariances_are_those_of_the_law():
    """Tr C_y|x = d, whatever the number of samples per condition; the part without the factor would be 0.05 d lower."""
    for k in (1, 4):
        totals = []
        for seed in range(60):
            x, y, law = drawn(100, k, 4, 5, seed, 0.7)
            zero = 0.7 * x[:, None, :1] + np.zeros((100, 2, 5))
            totals.append(estimated(x, y, zero).residuals)
        assert np.mean(totals) == pytest.approx(5, abs=4 * np.std(totals) / 60**0.5)
        assert abs(np.mean(totals) - 5) < 0.12


# Fréchet joint distance


def test_the_joint_distance_is_its_closed_form():
    """Y = c + ε against an output of the same law that ignores c: 6 - 2(√4.561553 + √0.438447) = 0.404; FID is 0."""
    cov, apart = np.array([[2.0, 1.0], [1.0, 1.0]]), np.diag([2.0, 1.0])
    root = (5 + 17**0.5) / 2, (5 - 17**0.5) / 2
    expected = 6 - 2 * sum(value**0.5 for value in root)
    assert frechet_distance(np.zeros(2), cov, np.zeros(2), apart) == pytest.approx(expected, abs=1e-8)
    assert expected == pytest.approx(0.404, abs=5e-4)


def test_the_joint_distance_is_that_of_the_pairs_and_without_weight_the_marginal_one():
    law = stream("pairs")
    c, y, z = law.standard_normal((40, 2)), law.standard_normal((40, 3, 4)), law.standard_normal((40, 2, 4))
    rows = [np.concatenate([v.reshape(-1, 4), 0.5 * np.repeat(c, v.shape[1], 0)], 1) for v in (y, z)]
    expected = frechet_distance(*(f(each) for each in rows for f in (lambda v: v.mean(0), lambda v: np.cov(v.T))))
    assert joint_distance(y, z, c, 0.5) == pytest.approx(expected, abs=1e-8)
    flat = [f(v.reshape(-1, 4)) for v in (y, z) for f in (lambda v: v.mean(0), lambda v: np.cov(v.T))]
    assert joint_distance(y, z, c, 0.0) == pytest.approx(frechet_distance(*flat), abs=1e-8)


# conditional Vendi


def rows(numbers, size):
    return np.eye(size)[list(numbers)]


@pytest.mark.parametrize(
    ("outputs", "conditions", "conditional", "information"),
    [([0, 1, 2, 3], [0, 0, 1, 1], 2, 2), ([0, 1, 0, 1], [0, 0, 1, 1], 2, 1), ([0, 1, 2, 3], [0, 1, 2, 3], 1, 4)],
)
def test_conditional_vendi_of_orthogonal_outputs(outputs, conditions, conditional, information):
    given_ = rows(outputs, 4), rows(conditions, 4)
    assert conditional_vendi(*given_) == pytest.approx(conditional, abs=1e-8)
    assert information_vendi(*given_) == pytest.approx(information, abs=1e-8)


def test_conditional_vendi_is_the_one_of_the_kernels():
    law = stream("kernels")
    x, c = units(law.standard_normal((30, 4))), units(law.standard_normal((30, 3)))

    def entropy(kernel):
        values = np.linalg.eigvalsh(kernel / 30)
        return -(values[values > 1e-12] * np.log(values[values > 1e-12])).sum()

    kx, kc = x @ x.T, c @ c.T
    assert conditional_vendi(x, c) == pytest.approx(np.exp(entropy(kx * kc) - entropy(kc)), abs=1e-8)
    assert information_vendi(x, c) == pytest.approx(np.exp(entropy(kx) + entropy(kc) - entropy(kx * kc)), abs=1e-8)


# joint realism


def test_joint_realism_sees_pairs_that_do_not_belong_together():
    law = stream("realism pairs")
    c = law.standard_normal((120, 3))
    real, same = (c[:, None] + 0.3 * law.standard_normal((120, 5, 3)) for _ in range(2))
    groups = [str(i) for i in range(120)]
    assert joint_realism(same, real, c, groups).value > 0.85
    assert joint_realism(same[law.permutation(120)], real, c, groups).value < 0.6


# conditions as vectors


@pytest.mark.parametrize("name", ["toy-holes", "digits-by-class", "gmm-points-8"])
def test_conditions_are_vectors_fitted_on_training_conditions(name):
    task = get_task(name)
    examples = [task.examples("test")[i] for i in range(60)]
    scores = _joint.condition_scores(task, examples)
    assert scores.shape == (60, 3)
    assert (scores.std(0) > 0).all()
    again = _joint.condition_scores(task, examples[::-1])[::-1]
    assert np.array_equal(scores, again), "each condition by itself"


def test_labels_are_indicators_of_equal_distance():
    task = get_task("digits-by-class")
    examples = [task.examples("test")[i] for i in range(10)]
    vectors = _joint.condition_scores(task, examples, 50)
    assert vectors.shape == (10, 9)
    apart = np.linalg.norm(vectors[:, None] - vectors, axis=2)[~np.eye(10, dtype=bool)]
    assert apart == pytest.approx(apart[0], rel=1e-6)


def test_components_are_whitened_and_leave_out_what_does_not_vary():
    data = stream("rows").standard_normal((500, 3)) * [5, 1, 0] + 2
    fitted = _joint.components(data, 3)
    assert fitted.directions.shape == (3, 2)
    white = fitted.whitened(data)
    assert white.std(0) == pytest.approx([1, 1])
    assert white.mean(0) == pytest.approx([0, 0], abs=1e-12)


def test_unconditional_is_far_from_the_oracle_by_joint_distances_alone(benchmarks_on_the_path):
    """A part of `benchmarks/joint.py`."""
    import joint

    found = {each.metric: each.errors_apart for each in joint.separations("toy-shapes", "mini", 60, 4)}
    assert found["frechet[mini]"] < 3
    joint_ones = ("conditional-frechet", "joint-frechet", "joint-realism", "conditional-vendi")
    assert min(found[f"{name}[mini]"] for name in joint_ones) > 8
