"""Errors of shares of things that conditions reach together: exact laws, edges, invariance."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm, t

from benchbench.core.noise import stream
from benchbench.core.uncertainty import SUBSAMPLES
from benchbench.stats.estimates import cube_root_interval95, mean_estimate
from benchbench.stats.latent import binary_correlation, continued
from benchbench.stats.shares import design_effect, reached, share_estimate, wilson, with_wilson


def occupied(groups, things, chance, block, seed):
    """Return what each group reaches, `bool[M, G]`: blocks of things together, each with a chance."""
    found = stream("occupied", groups, seed).random((things // block, groups)) < chance
    return found.repeat(block, axis=0)


@pytest.mark.parametrize(("chance", "block"), [(0.005, 1), (0.02, 1), (0.02, 10)])
def test_the_error_is_that_of_balls_in_urns(chance, block):
    """A block is reached with p = 1 - (1 - chance)^G, so the variance of the share is p (1 - p) over their number."""
    groups, things = 100, 1000
    p = 1 - (1 - chance) ** groups
    exact = (p * (1 - p) * block / things) ** 0.5
    found = [
        share_estimate(reached(occupied(groups, things, chance, block, i)), list(map(str, range(groups))), things)
        for i in range(40)
    ]
    stated = np.mean([each.standard_error**2 for each in found]) ** 0.5
    assert 0.85 * exact < stated < 1.2 * exact
    assert sum(each.interval[0] <= p <= each.interval[1] for each in found) >= 35  # .001 of 95 %
    assert {each.uncertainty.kind for each in found} == {SUBSAMPLES}


def test_the_interval_is_wilsons():
    """Of 7 of 20 with the normal law: .1812 to .5671 (Newcombe, Statistics in Medicine 1998)."""
    low, high = wilson(7 / 20, 1 / 20, 1e9)
    assert (low, high) == pytest.approx((0.18119, 0.56714), abs=1e-4)
    assert wilson(1.0, 0.1, 50)[1] == 1
    assert 0.5 < wilson(1.0, 0.1, 50)[0] < 1


def test_a_small_share_of_few_things_has_a_lower_end_above_0():
    low, high = wilson(1e-9, 10.0, 19)
    assert 0 < low < 1e-9 < high < 1
    assert low == pytest.approx(1e-18 / (t.ppf(0.975, 19) ** 2 * 10), rel=0.05)


def test_a_share_of_conditions_has_wilsons_interval_from_its_own_error():
    """Independent things, 0 or 1 each: the error is that of n things, up to n / (n - 1)."""
    values = np.repeat([0.0, 1.0], [15, 5])
    found = with_wilson(mean_estimate(values, list(map(str, range(20)))), 20)
    assert found.interval == pytest.approx(wilson(0.25, 1 / 19, 19))
    never = with_wilson(mean_estimate(np.zeros(20), list(map(str, range(20)))), 80)
    assert never.standard_error == 0
    assert never.interval == pytest.approx((0, 2.093**2 / (80 + 2.093**2)), abs=1e-4)


@pytest.mark.parametrize("degrees", [9, 19])
def test_squared_distances_have_the_interval_of_their_cube_root(degrees):
    low, high = cube_root_interval95(0.8, 0.3, degrees)
    margin = t.ppf(0.975, degrees) * 0.3 / (3 * 0.8 ** (2 / 3))
    assert (low ** (1 / 3), high ** (1 / 3)) == pytest.approx((0.8 ** (1 / 3) - margin, 0.8 ** (1 / 3) + margin))
    assert cube_root_interval95(0.1, 1.0, degrees)[0] == 0
    assert cube_root_interval95(-0.1, 1.0, degrees) is None


@pytest.mark.parametrize(("share", "r"), [(0.5, 0.5), (0.9, 0.3), (0.02, 0.95), (0.6, 0.0)])
def test_the_correlation_of_two_things_is_that_of_the_bivariate_normal_law(share, r):
    """At one half it is 2 arcsin(r) / π (Sheppard 1899); elsewhere by scipy's distribution function."""
    z = norm.ppf(share)
    both = multivariate_normal([0, 0], [[1, r], [r, 1]]).cdf([z, z])
    assert binary_correlation(share, r) == pytest.approx((both - share**2) / (share * (1 - share)), abs=1e-6)
    if share == 0.5:
        assert binary_correlation(share, r) == pytest.approx(2 * np.arcsin(r) / np.pi)


def test_a_continued_effect_returns_to_itself_and_falls_towards_the_edge():
    assert continued(0.04, 0.7, 0.7, 500) == pytest.approx(0.04, rel=1e-6)
    near = [continued(0.04, 0.7, share, 500) for share in (0.5, 0.7, 0.9, 0.99, 1.0)]
    assert (np.diff(near) < 0).all()
    assert near[-1] > 1 / 500
    assert continued(0.3, 0.2, 0.01, 500) == pytest.approx(continued(0.3, 0.8, 0.99, 500))
    assert continued(1 / 500, 0.7, 0.99, 500) == 1 / 500, "independent things stay so"


def test_things_of_one_hidden_cause_have_the_error_that_they_have():
    """Thresholds of one normal variable per group; the share is near 1, where a straight line states too much."""
    generator = stream("hidden cause")
    stated, straight, values = [], [], []
    for _ in range(60):
        common, own = generator.standard_normal((1, 32)), generator.standard_normal((400, 32))
        found = np.sqrt(0.4) * common + np.sqrt(0.6) * own < -1.15
        values.append(found.any(1).mean())
        groups = [f"{i:02d}" for i in range(32)]
        stated.append(share_estimate(reached(found), groups, 400).standard_error)
        straight.append(share_estimate(reached(found), groups).standard_error)
    exact, *found = np.std(values, ddof=1), *(np.sqrt(np.mean(np.square(each))) for each in (stated, straight))
    assert exact < found[0] < 0.95 * found[1]


def test_what_never_varies_has_no_error():
    nothing, groups = np.zeros((50, 8), dtype=bool), list("abcdefgh")
    assert share_estimate(reached(nothing), groups).standard_error == 0
    assert share_estimate(reached(~nothing), groups).interval == (1, 1)


def test_one_group_tells_nothing_and_three_have_halves_alone():
    found = stream("few groups").random((200, 3)) < 0.3
    assert share_estimate(reached(found[:, :1]), ["a"]).standard_error is None
    assert design_effect(reached(found), 3) > 0


def test_conditions_of_a_group_are_one():
    """Each condition twice, in one group with its copy, changes nothing."""
    found = stream("groups").random((300, 30)) < 0.05
    one = share_estimate(reached(found), [f"{i:02d}" for i in range(30)])
    two = share_estimate(reached(found), [f"{i // 2:02d}" for i in range(60)])
    assert (one.value, one.standard_error, one.interval) == (two.value, two.standard_error, two.interval)
    assert (one.uncertainty.groups, two.uncertainty.groups, two.n) == (30, 30, 60)
