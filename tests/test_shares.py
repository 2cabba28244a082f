"""Errors of shares of things that conditions reach together: exact laws, edges, invariance."""

import numpy as np
import pytest

from benchbench.core.noise import stream
from benchbench.core.uncertainty import SUBSAMPLES
from benchbench.stats.shares import design_effect, reached, share_estimate, wilson


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
        share_estimate(reached(occupied(groups, things, chance, block, i)), list(map(str, range(groups))))
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
