"""Collapse whose samples differ a little: hand cases, the nominal share, what the visible threshold does not see."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from benchbench.core import FeatureSet, Undefined
from benchbench.core.noise import stream
from benchbench.metrics.near import IMAGES, CollapseNear, near_shares, nearness


def normal(*shape, seed=0):
    return torch.from_numpy(stream("near", seed).standard_normal(shape)).float()


def data(sketches, pool):
    groups = [str(i) for i in range(len(sketches))]
    return FeatureSet(None, (), groups, None, {"sketch": sketches}, SimpleNamespace(sketch=pool))


def test_the_share_of_pairs_by_hand():
    points = torch.tensor([[[0.0], [1.0], [5.0]], [[0.0], [0.5], [1.0]], [[0.0], [3.0], [9.0]]])
    assert near_shares(points, 1.0).tolist() == [1 / 3, 1, 0]


def test_the_threshold_is_what_one_pair_in_a_hundred_is_within():
    rows = torch.arange(200.0)[:, None]
    distances = (rows - rows.T).abs().numpy()[np.triu_indices(200, 1)]
    assert nearness(rows) == np.quantile(distances, 0.01)
    pool = torch.cat([normal(IMAGES, 5), 1e6 + normal(3, 5)])
    assert nearness(pool) == nearness(pool[:IMAGES])


def test_without_pairs_there_is_no_value():
    with pytest.raises(Undefined, match="one real image alone"):
        nearness(torch.zeros(1, 3))
    with pytest.raises(Undefined, match="one sample per condition makes no pair"):
        CollapseNear().compute(data(normal(4, 1, 3), normal(50, 3)))


def test_draws_of_the_true_law_have_one_in_a_hundred_and_intervals_that_hold_it():
    """The threshold is of 1000 real images, whose own error is not in the interval: of 50 studies 42 hold 0.01."""
    found = [
        CollapseNear().compute(data(normal(60, 20, 4, seed=s), normal(1000, 4, seed=1000 + s))) for s in range(100)
    ]
    assert np.mean([each.value for each in found]) == pytest.approx(0.01, rel=0.05)
    assert sum(each.interval[0] <= 0.01 <= each.interval[1] for each in found) >= 42


def test_one_image_with_a_texture_that_moves_is_seen_and_order_and_scale_do_not_matter():
    pool, moving = normal(500, 8), normal(30, 20, 8, seed=1)
    texture = 0.2 * moving + 3
    found = CollapseNear().compute(data(texture, pool))
    assert (found.value, found.threshold.kind) == (1, "near")
    assert (texture[0, 0] - texture[0, 1]).norm() > 0.1, "no two of them are alike"
    spread = CollapseNear().compute(data(moving, pool))
    assert spread.value < 0.02
    other = CollapseNear().compute(data(7 * moving.flip(0, 1), 7 * pool.flip(0)))
    assert (other.value, other.standard_error) == pytest.approx((spread.value, spread.standard_error))
