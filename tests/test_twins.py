"""The error of the share of samples that look like one of another condition: by leaving blocks of conditions out."""

import numpy as np
import pytest
import torch

from benchbench.core.noise import stream
from benchbench.metrics.collapse import without_blocks
from benchbench.stats.distances import alike_in_blocks, nearest_elsewhere

THRESHOLD = 0.6


@pytest.fixture
def drawn():
    """Sketches `[12, 4, 3]` of which about half have a twin elsewhere, and the block of each condition."""
    generator = stream("twins")
    return torch.from_numpy(generator.standard_normal((12, 4, 3))).float(), np.array([0, 1, 2, 3, 4] * 2 + [0, 1])


def share(sketches):
    return float((nearest_elsewhere(sketches) <= THRESHOLD).double().mean())


def test_twins_are_what_brute_force_finds(drawn):
    sketches, block = drawn
    found = alike_in_blocks(sketches, THRESHOLD, block)
    apart = torch.cdist(sketches.flatten(0, 1).double(), sketches.flatten(0, 1).double()).reshape(12, 4, 12, 4)
    near = (apart <= THRESHOLD).any(3).numpy()
    near[np.arange(12), :, np.arange(12)] = False
    expected = np.stack([near[:, :, block == b].any(2) for b in range(5)], 2)
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(found.any(2), (nearest_elsewhere(sketches) <= THRESHOLD).numpy())


def test_a_block_that_is_left_out_takes_the_only_twins_of_others_with_it(drawn):
    sketches, block = drawn
    left_out, _ = without_blocks(alike_in_blocks(sketches, THRESHOLD, block), block)
    expected = [share(sketches[torch.from_numpy(block != b)]) for b in range(5)]
    np.testing.assert_allclose(left_out, expected, rtol=1e-12)
    assert 0.2 < share(sketches) < 0.8


def test_pairs_are_what_two_blocks_lose_together_less_what_each_loses_alone(drawn):
    """Of samples with a single twin; all is counted in samples."""
    _, block = drawn
    twins = np.zeros((12, 4, 5), dtype=bool)
    twins[0, 0, 1] = True  # condition 0 is of block 0
    twins[1, 2, 0] = True
    twins[3, 1, [1, 2]] = True  # has another twin
    twins[2, 0, 2] = True  # in its own block
    _, pairs = without_blocks(twins, block)
    expected = np.zeros((5, 5))
    expected[0, 1] = expected[1, 0] = 2 / 48
    np.testing.assert_allclose(pairs, expected)
