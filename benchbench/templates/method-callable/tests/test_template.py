"""The contract of benchbench, check by check, and tests of what this method does."""

import numpy as np
from benchbench.testing import *  # noqa: F403 (it brings the tests)

from benchbench_template import generate

METHODS = ["template"]


def test_the_seed_decides_and_nothing_else():
    condition = np.full((8, 6, 3), 100, dtype=np.uint8)
    first = generate(condition, 1)
    np.random.seed(5)
    assert np.array_equal(generate(condition, 1), first)
    assert not np.array_equal(generate(condition, 2), first)
    assert first.shape == (8, 6, 3)
