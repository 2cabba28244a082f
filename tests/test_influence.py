"""Errors from derivatives: against finite differences of the weights, and against laws whose variance is known."""

import numpy as np
import pytest
import torch
from scipy.stats import t

from benchbench.core.noise import stream
from benchbench.core.uncertainty import INFLUENCE, TWO_SIDED, Uncertainty
from benchbench.metrics.modes import kl_divergence, kl_estimate
from benchbench.metrics.vendi import spectrum_number, unit_rows, vendi_estimate
from benchbench.stats.estimates import logarithm_interval95, mean_estimate
from benchbench.stats.influence import influence_estimate, pair_variance, two_sided_estimate, without_pairs

STEP = 1e-4


def by_differences(statistic, groups):
    """Return the estimate of a statistic of the conditions' weights `[n]`, with both derivatives by differences."""
    n, names = len(groups), sorted(set(groups))
    members = np.array([[group == name for group in groups] for name in names]).astype(float)
    start = np.ones(n)
    influences = [
        n * (statistic(start + STEP * each) - statistic(start - STEP * each)) / (2 * STEP) for each in np.eye(n)
    ]
    pairs = np.zeros((len(names),) * 2)
    for a, one in enumerate(members):
        for b, other in enumerate(members[:a]):
            corners = [i * j * statistic(start + STEP * (i * one + j * other)) for i in (1, -1) for j in (1, -1)]
            pairs[a, b] = pairs[b, a] = sum(corners) / (4 * STEP**2)
    return influence_estimate(statistic(start), np.array(influences), groups, pairs)


def assert_same(found, expected):
    assert found.value == pytest.approx(expected.value, rel=1e-9)
    assert found.standard_error == pytest.approx(expected.standard_error, rel=1e-5)
    assert found.uncertainty == expected.uncertainty


GROUPS = [f"{i // 2:02d}" for i in range(24)]
COUNTS = stream("influence").multinomial(6, [0.4, 0.3, 0.2, 0.1], size=24).astype(float)


def test_the_error_of_a_mean_is_that_of_a_mean():
    values = stream("mean").standard_normal(24)
    found, plain = influence_estimate(values.mean(), values - values.mean(), GROUPS), mean_estimate(values, GROUPS)
    assert found.standard_error == pytest.approx(plain.standard_error, rel=1e-12)
    assert found.uncertainty == Uncertainty(INFLUENCE, 24, 12)


def test_a_single_group_has_no_error():
    assert influence_estimate(1.0, np.zeros(5), ["a"] * 5, np.zeros((1, 1))).standard_error is None


@pytest.mark.parametrize("centre", [0.3, 1.0])
def test_the_error_of_a_squared_length_is_right_where_its_slope_vanishes(centre):
    """‖x̄‖² in d dimensions: variance 4‖μ‖²/n + 2d/n². The first derivative alone has 4d/n² in place of 2d/n²."""
    n, d, variances, plain = 20, 40, [], []
    groups = [f"{i:02d}" for i in range(n)]
    for seed in range(100):
        x = stream("square", seed).standard_normal((n, d)) + centre / d**0.5
        mean, apart = x.mean(0), x - x.mean(0)
        first = influence_estimate(mean @ mean, 2 * apart @ mean, groups)
        found = influence_estimate(mean @ mean, 2 * apart @ mean, groups, 2 * apart @ apart.T / n**2)
        variances.append(found.standard_error**2)
        plain.append(first.standard_error**2)
    exact = 4 * centre**2 / n + 2 * d / n**2
    assert np.mean(variances) == pytest.approx(exact, rel=0.1)
    assert np.mean(plain) == pytest.approx(exact + 2 * d / n**2, rel=0.1)


def test_what_rows_have_in_common_is_no_part_of_two():
    row = stream("rows").standard_normal(9)
    assert pair_variance(row[:, None] + row + 3, 9) == pytest.approx(0, abs=1e-20)


@pytest.mark.parametrize("size", [1, 3])
def test_the_variance_of_parts_of_two_is_found_from_blocks_of_groups(size):
    found = []
    for seed in range(200):
        parts = np.triu(stream("parts", seed).standard_normal((24, 24)), 1)
        blocks = (parts + parts.T).reshape(24 // size, size, 24 // size, size).sum((1, 3))
        found.append(pair_variance(blocks, 24))
    assert np.mean(found) == pytest.approx(24 * 23 / 2, rel=0.05)


def test_no_more_than_half_of_a_variance_is_of_pairs():
    assert without_pairs(2.0, 10 * stream("large").standard_normal((9, 9)), 9) == 1.0


def test_counting_a_group_twice_and_leaving_it_out_is_exact_for_a_square():
    """Half of (x̄ + y)² - (x̄ - y)² is 2 x̄ y: the curvature along one group's weight has no part."""
    sums = stream("two sides").standard_normal((12, 3))
    found = two_sided_estimate(lambda total: float(total @ total), sums, GROUPS)
    parts = 2 * sums @ sums.sum(0)
    assert found.standard_error == pytest.approx(np.sqrt(12 * parts.var(ddof=1)), rel=1e-12)
    assert found.uncertainty == Uncertainty(TWO_SIDED, 24, 12)


def test_the_error_of_a_divergence_is_half_of_what_a_group_more_or_less_changes():
    laws = stream("laws").dirichlet(np.full(4, 20.0), size=24)

    def divergence(weights):
        return kl_divergence(weights @ COUNTS, weights @ laws / weights.sum())

    own = np.array([[group == name for group in GROUPS] for name in sorted(set(GROUPS))]).astype(float)
    parts = [(divergence(1 + each) - divergence(1 - each)) / 2 for each in own]
    found = kl_estimate(COUNTS, laws, GROUPS)
    assert found.value == pytest.approx(divergence(np.ones(24)), rel=1e-12)
    assert found.standard_error == pytest.approx(np.sqrt(12 * np.var(parts, ddof=1)), rel=1e-12)


def test_the_error_of_a_divergence_of_many_samples_is_that_of_its_derivative():
    """Σ (log(q / p))² q - KL² over the number of samples, for independent ones."""
    counts = stream("many").multinomial(20, [0.4, 0.3, 0.2, 0.1], size=3000)
    p, q = np.full(4, 0.25), counts.sum(0) / counts.sum()
    exact = np.sqrt((q @ np.log(q / p) ** 2 - (q @ np.log(q / p)) ** 2) / 60_000)
    found = kl_estimate(counts, np.tile(p, (3000, 1)), [f"{i:04d}" for i in range(3000)])
    assert found.standard_error == pytest.approx(exact, rel=0.05)


def test_a_divergence_where_one_group_has_all_samples_has_an_error():
    counts = np.zeros((24, 4))
    counts[:2] = [3, 1, 1, 1]
    found = kl_estimate(counts, np.full((24, 4), 0.25), GROUPS)
    assert 0 < found.standard_error < np.log(4)


@pytest.mark.parametrize("d", [5, 120])
def test_the_error_of_the_vendi_score_is_that_of_its_derivatives(d):
    """With more dimensions than samples, too."""
    rows = torch.from_numpy(stream("vendi", d).standard_normal((24, 4, d)) + 0.5)
    unit = unit_rows(rows.flatten(0, 1))

    def statistic(weights):
        return spectrum_number((unit.T * torch.from_numpy(weights.repeat(4))) @ unit)

    assert_same(vendi_estimate(rows, GROUPS), by_differences(statistic, GROUPS))


def test_equal_eigenvalues_have_the_derivative_of_the_logarithm():
    rows = torch.eye(4).double().repeat(6, 1).reshape(24, 1, 4)
    found = vendi_estimate(rows, GROUPS)
    assert found.value == pytest.approx(4)
    assert found.standard_error == pytest.approx(0, abs=1e-7), "the entropy is at its maximum"


def test_the_interval_of_a_vendi_score_is_of_its_distance_to_the_highest_one():
    rows = torch.from_numpy(stream("vendi interval").standard_normal((24, 4, 5)) + 0.5)
    found = vendi_estimate(rows, GROUPS)
    gap = np.log(5) - np.log(found.value)
    margin = t.ppf(0.975, 11) * found.standard_error / found.value / (3 * gap ** (2 / 3))
    ends = (np.log(5) - np.log(found.interval)) ** (1 / 3)
    assert ends == pytest.approx((gap ** (1 / 3) + margin, gap ** (1 / 3) - margin))


def test_an_unbiased_squared_distance_has_the_interval_of_the_logarithm_of_the_biased_one():
    low, high = logarithm_interval95(-0.1, 0.3, 19, offset=0.9)
    margin = t.ppf(0.975, 19) * 0.3 / 0.8
    assert (low + 0.9, high + 0.9) == pytest.approx((0.8 * np.exp(-margin), 0.8 * np.exp(margin)))
    assert logarithm_interval95(-0.1, 1.0, 19, offset=0.1) is None
