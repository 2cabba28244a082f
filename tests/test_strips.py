"""Matrices of pairs in strips: bounded, and the same numbers however narrow the strips are."""

import numpy as np
import pytest
import torch

from benchbench.metrics.clipped import block_counts, clipped_shares, neighbour_radii
from benchbench.metrics.kernel import cross_sums, kernel_sums
from benchbench.metrics.manifold import balls
from benchbench.metrics.probabilistic import membership
from benchbench.stats import strips
from benchbench.stats.distances import nearest

GENERATOR = np.random.default_rng(0)
ROWS, OTHERS = (torch.from_numpy(GENERATOR.standard_normal((n, 4))) for n in (60, 40))
BLOCKS = np.arange(60) % 3
MARKED = np.eye(3)[BLOCKS]


@pytest.mark.parametrize("columns", [0, 1, 512, 8192, 8193, 100_000, 10**9])
def test_a_strip_is_bounded_and_never_empty(columns):
    rows = strips.strip_rows(columns)
    assert 1 <= rows <= strips.ROWS
    assert rows == 1 or rows * columns <= strips.CELLS
    assert rows == strips.ROWS or (rows + 1) * columns > strips.CELLS, "no narrower than it has to be"


@pytest.mark.parametrize(
    "measured",
    [
        lambda: kernel_sums(ROWS.numpy(), MARKED),
        lambda: cross_sums(ROWS.numpy(), MARKED, OTHERS.numpy(), np.ones((40, 1))),
        lambda: neighbour_radii(ROWS),
        lambda: clipped_shares(ROWS, OTHERS, neighbour_radii(OTHERS)),
        lambda: block_counts(ROWS, OTHERS, neighbour_radii(OTHERS), BLOCKS),
        lambda: balls(ROWS, 5).squares,
        lambda: membership(ROWS, OTHERS),
        lambda: nearest(ROWS, OTHERS),
    ],
    ids=["kernel", "cross", "radii", "shares", "counts", "balls", "membership", "nearest"],
)
def test_narrow_strips_give_the_same(measured, monkeypatch):
    wide = np.asarray(measured())
    monkeypatch.setattr(strips, "CELLS", 7 * 60)
    assert strips.strip_rows(60) == 7
    np.testing.assert_allclose(np.asarray(measured()), wide, rtol=1e-6, atol=1e-9)
