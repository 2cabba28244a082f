"""The contract of benchbench, check by check, and tests of what this metric does."""

import benchbench
import torch
from benchbench.plugins import registry
from benchbench.testing import *  # noqa: F403 (it brings the tests)

METRICS = ["template"]


def compute(greys):
    """Return the values for samples of one grey each, in pairs."""
    samples = torch.tensor(greys, dtype=torch.uint8)[:, None, None, None].expand(-1, 3, 4, 4)
    pairs = torch.arange(len(greys)).reshape(-1, 2)
    metric = registry().get("metrics", "template")()
    return metric.compute(benchbench.ConditionSamples(None, None, samples, pairs)).tolist()


def test_samples_that_are_all_the_same_differ_by_nothing():
    assert compute([7, 7, 7, 7]) == [0, 0]


def test_each_pair_has_its_difference_whatever_its_order():
    assert compute([10, 40, 255, 0]) == [30, 255]
