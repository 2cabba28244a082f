"""Fidelity, coverage and memorisation: known answers, agreement with loops and with scipy, copies that are found."""

import dataclasses
import functools
from fractions import Fraction
from math import comb

import numpy as np
import pytest
import torch
from scipy.stats import mannwhitneyu

from benchbench.core import FeatureSet
from benchbench.core.noise import stream
from benchbench.metrics import clipped, data_copying, likelihood, probabilistic
from benchbench.plugins import get_task as task_of
from benchbench.stats.distances import nearest, nearest_place
from benchbench.stats.nulls import degrees_of, departure

get_task = functools.cache(task_of)


def normal(*shape, seed=0):
    return torch.from_numpy(stream("memorisation", seed).standard_normal(shape)).float()


@dataclasses.dataclass
class Real:
    pooled: torch.Tensor
    reference_pooled: torch.Tensor


def data(samples, pool, references):
    groups = [str(i) for i in range(len(samples))]
    return FeatureSet(get_task("toy-shapes"), (), groups, None, {"pooled": samples}, Real(pool, references))


def studies(copies=0, n=100, k=20, d=8, seed=0):
    """Return n conditions whose samples are independent draws of the law, but for so many copies each."""
    pool, references, samples = (
        normal(*shape, seed=seed + i) for i, shape in enumerate(((1000, d), (n, k, d), (n, k, d)))
    )
    places = torch.from_numpy(stream("copies", seed).integers(0, 1000, (n, copies)))
    samples[:, :copies] = pool[places]
    return data(samples, pool, references)


# clipped --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("real", "samples", "k", "expected"),
    [
        (3, 1, 1, 1 / 3),
        (10, 10, 2, 0.6656346749),
        (1000, 1000, 5, 0.7545224094),
        (4000, 6000, 5, 0.8825866211),
    ],
)
def test_the_expected_coverage_is_known(real, samples, k, expected):
    """And it is that of whole numbers: P(j) = C(k + j - 1, j) C(N - k + m - j - 1, m - j) / C(N + m - 1, m)."""
    ways = [comb(k + j - 1, j) * comb(real - k + samples - j - 1, samples - j) if j <= samples else 0 for j in range(k)]
    exact = 1 - sum((k - j) * Fraction(way, comb(real + samples - 1, samples)) for j, way in enumerate(ways)) / k
    found = float(clipped.expected_coverage(real, np.array(samples), k))
    assert found == pytest.approx(expected, abs=1e-9)
    assert found == pytest.approx(float(exact), rel=1e-11)


def test_fewer_samples_than_neighbours_cover_nothing():
    assert clipped.expected_coverage(10, np.array([0, 1]), 2).tolist() == [0, 0]


def test_clipped_density_of_a_line_is_known():
    """Real 0 … 9 with k = 2: every radius is 1, real points have 0.9; of three samples two are good."""
    real = torch.arange(10.0)[:, None]
    radii = clipped.neighbour_radii(real, 2)
    radii = radii.clamp(max=float(radii.median()))
    assert radii.tolist() == [1] * 10
    own = float(clipped.clipped_shares(real, real, radii, 2, own=True).mean())
    found = float(clipped.clipped_shares(torch.tensor([[0.25], [4.5], [100]]), real, radii, 2).mean())
    assert own == pytest.approx(0.9)
    assert found / own == pytest.approx(0.740741, abs=1e-6)


def test_shares_and_counts_are_those_of_a_loop():
    real, samples, k = normal(40, 3, seed=1).double(), normal(30, 3, seed=2).double(), 4
    between = np.linalg.norm(real.numpy()[:, None] - real.numpy(), axis=2)
    radii = np.sort(between, axis=1)[:, k]
    across = np.linalg.norm(samples.numpy()[:, None] - real.numpy(), axis=2)
    np.testing.assert_allclose(clipped.neighbour_radii(real, k).numpy(), radii)
    expected = [min(1, sum(row <= radii) / k) for row in across]
    found = clipped.clipped_shares(samples, real, torch.from_numpy(radii), k)
    np.testing.assert_allclose(found.numpy(), expected)
    block = np.arange(30) % 3
    counts = clipped.block_counts(samples, real, torch.from_numpy(radii), block)
    for b in range(3):
        assert counts[:, b].tolist() == [int((across[block == b, i] < radii[i]).sum()) for i in range(40)]
    value, left_out = clipped.clipped_coverage(counts, np.bincount(block), k)
    assert value == clipped.calibrated(
        np.minimum(counts.sum(1), k).mean() / k, clipped.expected_coverage(40, np.arange(31), k)
    )
    assert len(left_out) == 3


def test_a_share_of_bad_samples_is_what_is_missing():
    """Of 100 conditions with 20 samples each, those of every second one are far away: both numbers are near 1/2."""
    good = studies()
    bad = data(good.features["pooled"].clone(), good.real.pooled, good.real.reference_pooled)
    bad.features["pooled"][::2] += 100
    for kind in (clipped.ClippedDensity, clipped.ClippedCoverage):
        right, half = kind().compute(good), kind().compute(bad)
        assert right.value == pytest.approx(1, abs=0.12), kind.name
        assert half.value == pytest.approx(0.5, abs=0.12), kind.name
        assert half.standard_error > 0


# probabilistic --------------------------------------------------------------------------------------------------------


def test_probable_membership_is_known():
    rows = torch.tensor([[0.0], [0.5], [1.5], [10]])
    found = probabilistic.membership(rows, torch.arange(4.0)[:, None], 1, 1.2)
    assert found.tolist() == pytest.approx([1, 0.826389, 0.826389, 0], abs=1e-6)


def test_precision_and_recall_are_those_of_a_loop():
    everything = studies(n=12, k=3, d=3)
    samples, pool = everything.features["pooled"], everything.real.pooled[:50]
    case = data(samples, pool, everything.real.reference_pooled)

    def membership(rows, others):
        between = np.linalg.norm(others[:, None] - others, axis=2)
        radius = 1.2 * np.sort(between, axis=1)[:, 4].mean()
        near = np.linalg.norm(rows[:, None] - others, axis=2)
        return np.mean(1 - np.prod(1 - np.maximum(0, 1 - near / radius), axis=1))

    rows = samples.double().numpy()
    precision = membership(rows.reshape(-1, 3), pool.double().numpy())
    recall = np.mean([membership(pool.double().numpy(), rows[:, k]) for k in range(3)])
    assert probabilistic.ProbabilisticPrecision().compute(case).value == pytest.approx(precision)
    assert probabilistic.ProbabilisticRecall().compute(case).value == pytest.approx(recall)


# copies ---------------------------------------------------------------------------------------------------------------


def test_the_z_score_is_mann_whitneys():
    generator = stream("z")
    ours, theirs = generator.integers(0, 30, 25).astype(float), generator.integers(3, 40, 40).astype(float)
    wins = mannwhitneyu(ours, theirs).statistic
    found = data_copying.z_score(wins, 25, 40)
    assert found == pytest.approx((wins - (500 - 0.5)) / np.sqrt(1000 * 66 / 12))
    cells = torch.zeros(40, dtype=torch.int64)
    pair = torch.from_numpy(np.stack([np.concatenate([ours, np.zeros(15)]), theirs]))
    block = np.arange(40) % 4
    own = data_copying.copying(pair[0], pair[1], (cells, cells), block)
    kept = block != 2
    without = mannwhitneyu(pair[0][kept].numpy(), pair[1][kept].numpy()).statistic
    assert own[3] == pytest.approx(data_copying.z_score(without, 30, 30))


def test_cells_of_clear_clusters_are_these():
    centres = 50 * normal(5, 3, seed=8)
    rows = (centres[:, None] + normal(5, 30, 3, seed=9)).flatten(0, 1).double()
    cells = data_copying.cells_of(rows).reshape(5, 30)
    assert {len(set(row.tolist())) for row in cells} == {1}
    assert len({int(row[0]) for row in cells}) == 5


def test_the_nearest_place_is_the_one_of_the_distance():
    rows, others = normal(30, 4, seed=3), normal(50, 4, seed=4)
    distances, places = nearest_place(rows, others)
    torch.testing.assert_close(distances, (rows - others[places]).double().norm(dim=1), rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(distances, nearest(rows, others), rtol=0, atol=0)
    assert places.tolist() == torch.cdist(rows, others).argmin(1).tolist()


@pytest.mark.parametrize("kind", [data_copying.DataCopying, data_copying.AuthenticityGap])
def test_a_tenth_of_copies_is_found_and_the_law_is_not(kind):
    def p(copies, seed):
        found = kind().compute(studies(copies, seed=seed))
        return departure(found.value, found.standard_error, degrees_of(found.uncertainty), 0.0), found.value

    assert all(p(2, seed)[0] < 0.01 and p(2, seed)[1] < 0 for seed in (0, 10))
    assert sum(p(0, seed)[0] < 0.05 for seed in range(0, 60, 10)) <= 2


def test_authenticity_is_that_of_a_loop():
    case = studies(copies=1, n=6, k=4, d=3)
    pool = case.real.pooled.double().numpy()
    own = np.linalg.norm(pool[:, None] - pool, axis=2)
    np.fill_diagonal(own, np.inf)

    def share(rows):
        away = np.linalg.norm(rows.double().numpy().reshape(-1, 1, 3) - pool, axis=2)
        return np.mean(own[away.argmin(1)].min(1) < away.min(1))

    found = data_copying.AuthenticityGap().compute(case)
    assert found.value == pytest.approx(share(case.features["pooled"]) - share(case.real.reference_pooled), abs=1e-6)


# likelihood -----------------------------------------------------------------------------------------------------------


def test_the_likelihood_of_one_unit_gaussian_is_known():
    zero = torch.zeros(1, 1).double()
    assert float(likelihood.negative_log_likelihood(zero, zero[0], 1)) == pytest.approx(0.918939, abs=1e-6)


def test_one_gaussian_gets_the_variance_of_the_rows():
    """The likeliest variance is the mean squared distance over the dimension."""
    rows = 3 * normal(500, 4, seed=5).double()
    squares = rows.square().sum(1, keepdim=True)
    found = float(likelihood.fitted(squares, 4).exp())
    assert found == pytest.approx(float(squares.mean() / 4))


def test_the_gap_falls_with_copies_and_the_divergence_with_good_samples():
    case, copied = studies(n=60), studies(copies=4, n=60)
    worse = data(2 * case.features["pooled"], case.real.pooled, case.real.reference_pooled)
    gaps = [likelihood.FldGap().compute(each).value for each in (case, copied)]
    assert gaps[1] < gaps[0] - 10
    values = [likelihood.Fld().compute(each).value for each in (case, worse)]
    assert values[0] < values[1]
