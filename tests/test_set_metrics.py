"""Metrics of a whole set: closed forms, brute force, torch-fidelity, degenerate sets, and what chance alone gives."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from benchbench.core import BenchbenchError, Unsupported
from benchbench.core.noise import stream
from benchbench.core.uncertainty import JACKKNIFE, STANDARD_ERROR, SUBSAMPLES, SUBSETS, TWO_SIDED, Uncertainty
from benchbench.metrics import bins, frechet, kernel, manifold
from benchbench.plugins import get_task, registry
from benchbench.specs import parse_score
from benchbench.stats.estimates import jackknife, logarithm_interval95, mean_estimate
from benchbench.stats.shares import share_estimate
from benchbench.system.determinism import isolated

METRICS = {
    metric.name: metric for module in (frechet, kernel, manifold, bins) for metric in module.benchbench_metrics()
}


@pytest.fixture(autouse=True)
def _one_thread():
    with isolated("cpu"):
        yield


def normal(*shape, seed=0):
    return torch.from_numpy(stream("test", seed).standard_normal(shape))


def groups_of(n):
    return [str(i) for i in range(n)]


def sample_set(samples, pool, groups=None):
    """Return what a set metric gets to see of samples `[n, K, d]` and a pool `[N, d]`."""
    groups = groups or groups_of(len(samples))
    return SimpleNamespace(
        features={"pooled": samples.float()}, real=SimpleNamespace(pooled=pool.float()), groups=groups
    )


def score(name, samples, pool, groups=None):
    return METRICS[name]().compute(sample_set(samples, pool, groups))


# all of them ----------------------------------------------------------------------------------------------------------


def test_identical_constant_features_are_no_fault():
    """The authors' strict inequality gives precision and coverage 0 here (generative-evaluation-prdc #7)."""
    samples, pool = torch.full((20, 3, 4), 0.7), torch.full((50, 4), 0.7)
    found = {name: score(name, samples, pool).value for name in METRICS}
    best = {"precision": 1, "recall": 1, "coverage": 1, "density": 50 / 49}
    assert found == pytest.approx({name: best.get(name, 0) for name in METRICS}, abs=1e-12)


def test_other_constant_features_are_the_worst():
    samples, pool = torch.full((20, 3, 4), 0.7), torch.full((50, 4), 0.2)
    found = {name: score(name, samples, pool).value for name in METRICS}
    cubes = (np.array([0.49, 0.04, 0.14]) + 1) ** 3
    expected = {"frechet": 4 * 0.25, "fid": 4 * 0.25, **dict.fromkeys(("kernel", "kid"), cubes @ np.array([1, 1, -2]))}
    assert {name: found[name] for name in expected} == pytest.approx(expected, rel=1e-6)
    assert [found[name] for name in ("precision", "recall", "coverage", "density")] == [0, 0, 0, 0]


def test_identical_sets_have_the_best_values():
    pool = normal(600, 8)
    samples = pool.reshape(60, 10, 8)
    found = {name: score(name, samples, pool).value for name in METRICS}
    assert [found[name] for name in ("precision", "recall", "coverage")] == [1, 1, 1]
    assert found["density"] == pytest.approx(6 / 5)  # each is in its own twin's ball too
    assert [found[name] for name in ("ndb", "jsd")] == [0, 0]
    assert found["frechet"] == pytest.approx(0, abs=1e-9)
    assert abs(found["kernel"]) < 0.2 * score("kernel", samples + 0.5, pool).value


def test_two_distinct_images_of_which_one_is_lost():
    first, second = torch.zeros(6), torch.tensor([2.0, 0, 0, 0, 0, 0])
    pool = torch.stack([first, second]).repeat(30, 1)
    samples = first.expand(20, 2, 6)
    found = {name: score(name, samples, pool).value for name in METRICS}
    assert found["frechet"] == pytest.approx(1 + 60 / 59)  # the means are 1 apart, and the pool has a variance
    assert (found["precision"], found["recall"], found["coverage"]) == (1, 0.5, 0.5)
    assert found["density"] == pytest.approx(30 / 29)
    assert found["ndb"] == pytest.approx(2 / 3)  # of three bins one is empty
    expected = (np.log(4 / 3) + 0.5 * np.log(2 / 3) + 0.5 * np.log(2)) / 2
    assert found["jsd"] == pytest.approx(expected)
    assert found["kernel"] > 0.1


@pytest.mark.parametrize("name", METRICS)
def test_a_score_says_its_numbers_and_depends_on_these_tensors_alone(name):
    pool, near, far = normal(200, 5), normal(30, 4, 5, seed=1) + 0.7, normal(30, 4, 5, seed=2) + 3
    first, other, again = (score(name, samples, pool) for samples in (near, far, near.clone()))
    assert first == again
    assert first.value != other.value
    assert (other.value > first.value) != METRICS[name].higher_is_better
    assert first.counts == {"samples": 120, "real": 200}
    assert first.standard_error > 0


def test_the_numbers_that_a_score_hangs_on_are_in_its_name():
    task = get_task("ring8")
    variants = {name: metric().variant(task) for name, metric in METRICS.items()}
    assert variants == {
        "frechet": "",
        "fid": "",
        "kernel": "",
        "kid": "subsets=100x1000",
        **dict.fromkeys(("precision", "recall", "density", "coverage"), "k=5"),
        **dict.fromkeys(("ndb", "jsd"), "bins=100"),
    }


def test_fid_and_kid_stand_for_inception_alone():
    for name in ("fid", "kid"):
        assert parse_score(name, registry()) == (METRICS[name], "inception")
        with pytest.raises(BenchbenchError, match=f"always uses inception: write {name}"):
            parse_score(f"{name}[mini]", registry())
    samples, pool = normal(30, 4, 5), normal(200, 5, seed=1)
    assert score("fid", samples, pool).value == score("frechet", samples, pool).value


def test_a_pool_too_small_for_a_metric_is_told_before_the_run():
    tiny = SimpleNamespace(name="few", real_pool=lambda: torch.zeros(5, 2))
    for name in ("ndb", "jsd"):
        with pytest.raises(Unsupported, match=f"{name} needs 40 real images; few has 5"):
            METRICS[name]().supports(tiny)
    with pytest.raises(Unsupported, match="recall needs 6 real images; few has 5"):
        METRICS["recall"]().supports(tiny)


def test_they_run_on_points_from_the_command_line(bench, tmp_path):
    import json

    names = [name for name in METRICS if not METRICS[name].extractor]
    words = [word for name in names for word in ("--metric", f"{name}[pixels]")]
    assert bench("run", "-t", "ring8", "-m", "oracle", "--limit", 20, "-j", 0, "-o", "runs", *words).code == 0
    (path,) = tmp_path.glob("runs/**/record.json")
    scores = {found["metric"]: found for found in json.loads(path.read_text())["scores"]}
    assert {f"{name}[pixels]" for name in names} <= scores.keys()
    assert scores["recall[pixels]"]["id"] == "recall@1[pixels@1,k=5]"
    assert scores["frechet[pixels]"]["counts"] == {"samples": 400, "real": 4000}
    assert scores["precision[pixels]"]["value"] > 0.9


# torch-fidelity -------------------------------------------------------------------------------------------------------


class Images(torch.utils.data.Dataset):
    def __init__(self, images):
        self.images = images

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        return self.images[index]


def test_fid_kid_and_precision_from_images_are_torch_fidelitys():
    """End to end through its public entry, with an extractor registered there; its own are not to be had here."""
    import torch_fidelity
    from torch_fidelity.feature_extractor_base import FeatureExtractorBase

    mixing = normal(12, 3 * 8 * 8, seed=5)

    def features(images):
        return torch.nn.functional.adaptive_avg_pool2d(images.double() / 255, 8).flatten(1) @ mixing.T

    class Mixed(FeatureExtractorBase):
        def __init__(self, name, features_list, **kwargs):
            super().__init__(name, features_list)

        @staticmethod
        def get_provided_features_list():
            return ("mixed",)

        @staticmethod
        def get_default_feature_layer_for_metric(metric):
            return "mixed"

        @staticmethod
        def can_be_compiled():
            return False

        def forward(self, images):
            return (features(images),)

    torch_fidelity.register_feature_extractor("mixed", Mixed)
    made = (normal(300, 3, 16, 16) * 60 + 130).clamp(0, 255).byte()
    real = (normal(240, 3, 16, 16, seed=1) * 50 + 120).clamp(0, 255).byte()
    theirs = torch_fidelity.calculate_metrics(
        input1=Images(made),
        input2=Images(real),
        feature_extractor="mixed",
        cuda=False,
        cache=False,
        save_cpu_ram=True,
        verbose=False,
        fid=True,
        kid=True,
        kid_subset_size=240,
        prc=True,
        prc_neighborhood=manifold.K,
    )
    samples, pool = features(made).reshape(60, 5, 12), features(real)
    data = SimpleNamespace(features={"pooled": samples}, real=SimpleNamespace(pooled=pool), groups=groups_of(60))
    ours = {name: METRICS[name]().compute(data) for name in ("fid", "kid", "precision", "recall")}
    assert 0.1 < theirs["precision"] < 0.9 != theirs["recall"]
    assert ours["fid"].value == pytest.approx(theirs["frechet_inception_distance"], rel=1e-6)
    assert ours["kid"].value == pytest.approx(theirs["kernel_inception_distance_mean"], rel=1e-6)
    assert ours["kid"].standard_error == pytest.approx(theirs["kernel_inception_distance_std"], rel=1e-5)
    assert ours["precision"].value == pytest.approx(theirs["precision"], abs=1e-6)
    assert ours["recall"].value == pytest.approx(theirs["recall"], abs=1e-6)


@pytest.mark.parametrize(
    ("n", "m", "size", "one_pass"), [(700, 600, 150, True), (1300, 900, 40, False), (200, 80, 1000, True)]
)
def test_kid_is_torch_fidelitys(n, m, size, one_pass):
    """By one pass over all rows or subset by subset, whichever is less work."""
    from torch_fidelity.metric_kid import kid_features_to_metric

    first, second = normal(n, 30).exp(), normal(m, 30, seed=1).exp() * 1.02
    cut = min(size, n, m)
    assert ((n + m) ** 2 <= 100 * (2 * cut) ** 2) == one_pass
    theirs = kid_features_to_metric(first, second, kid_subset_size=cut, verbose=False)
    mean, deviation = kernel.kernel_inception_distance(first.numpy(), second.numpy(), subset_size=size)
    assert mean == pytest.approx(theirs["kernel_inception_distance_mean"], rel=1e-8)
    assert deviation == pytest.approx(theirs["kernel_inception_distance_std"], rel=1e-8)


def test_kid_of_float32_features_is_torch_fidelitys_up_to_its_rounding():
    from torch_fidelity.metric_kid import kid_features_to_metric

    first, second = normal(400, 30).float(), (normal(400, 30, seed=1) + 0.7).float()
    theirs = kid_features_to_metric(first, second, kid_subset_size=200, verbose=False)
    mean, _ = kernel.kernel_inception_distance(first.double().numpy(), second.double().numpy(), subset_size=200)
    assert mean == pytest.approx(theirs["kernel_inception_distance_mean"], rel=1e-5)


@pytest.mark.parametrize("k", [3, 5])
@pytest.mark.parametrize("ram", [True, False])
def test_precision_and_recall_are_torch_fidelitys(k, ram):
    from torch_fidelity.metric_prc import prc_features_to_metric

    samples, real = normal(1100, 6) * 1.1 + 0.2, normal(900, 6, seed=1)
    theirs = prc_features_to_metric(
        samples, real, prc_neighborhood=k, prc_batch_size=300, save_cpu_ram=ram, verbose=False
    )
    found = manifold.manifold(samples, real, torch.arange(1100) % 7, k)
    assert found.precise.mean() == pytest.approx(theirs["precision"], abs=1e-6)
    assert found.recalled.any(1).mean() == pytest.approx(theirs["recall"], abs=1e-6)
    assert 0.5 < theirs["precision"] < 1 > theirs["recall"] > 0.5


# Fréchet distance -----------------------------------------------------------------------------------------------------


def nuclear(first, second):
    """Return the distance by singular values: Tr (Σ1 Σ2)^½ is the nuclear norm of the product of the centred rows."""
    parts = [(rows - rows.mean(0)) / (len(rows) - 1) ** 0.5 for rows in (first.double(), second.double())]
    cross = torch.linalg.svdvals(parts[0] @ parts[1].T).sum()
    apart = (first.double().mean(0) - second.double().mean(0)).square().sum()
    return float(apart + parts[0].square().sum() + parts[1].square().sum() - 2 * cross)


@pytest.mark.parametrize(("n", "m"), [(10, 300), (60, 25), (10, 25), (10, 60), (60, 300)])
def test_the_distance_is_exact_with_fewer_images_than_features(n, m):
    samples, pool = normal(n, 5, 50).float() * 1.2, normal(m, 50, seed=1).float() + 0.3
    found = score("frechet", samples, pool)
    expected = jackknife(lambda keep: nuclear(samples[keep].flatten(0, 1), pool), groups_of(n))
    assert found.value == pytest.approx(expected.value, rel=1e-8)
    assert found.standard_error == pytest.approx(expected.standard_error, rel=1e-6)


@pytest.mark.parametrize("rank", [5, 30, 39])
def test_a_pool_without_full_rank_leaves_the_distance_exact(rank):
    """An eigenvalue of 0 comes out as some 1e-16 of the greatest, and the root of that is 1e-8."""
    mixing, whole = (normal(rank, 40, seed=3) * 3).round(), (normal(600, rank, seed=1) * 3).round()
    samples, pool = normal(80, 5, 40) * 20, whole @ mixing  # whole numbers, which float32 does not round
    scale = float(pool.var(0).sum())
    for made in (samples, pool.reshape(120, 5, 40)):
        expected = nuclear(made.flatten(0, 1).float(), pool.float())
        assert score("frechet", made, pool).value == pytest.approx(expected, abs=1e-10 * scale, rel=1e-10)


@pytest.mark.parametrize(("n", "m", "enough"), [(10, 300, False), (60, 50, False), (60, 51, True), (11, 51, True)])
def test_too_few_images_for_the_features_are_flagged(n, m, enough):
    found = score("frechet", normal(n, 5, 50), normal(m, 50, seed=1))
    assert found.flag.startswith("" if enough else "fewer than 51 images for 50 features: ")
    assert bool(found.flag) != enough
    assert found.counts == {"samples": 5 * n, "real": m}


def test_what_is_flagged_is_too_high():
    """Two halves of one law, ever fewer images."""
    values = [score("frechet", normal(n, 2, 50), normal(1000, 50, seed=1)).value for n in (400, 100, 25, 10)]
    assert values == sorted(values)
    assert values[-1] > 5 * values[0]


def test_one_image_has_no_covariance():
    with pytest.raises(BenchbenchError, match="needs 2 rows per side, got 6 samples and 1 real"):
        score("frechet", normal(3, 2, 4), normal(1, 4))


# kernel ---------------------------------------------------------------------------------------------------------------


def gram(first, second):
    return (first @ second.T / first.shape[1] + 1) ** 3


def test_kernel_sums_are_those_of_the_whole_matrix():
    rows, others = normal(1200, 7).numpy(), normal(700, 7, seed=1).numpy()
    weights, other_weights = normal(1200, 3, seed=2).numpy(), normal(700, 4, seed=3).numpy()
    inside = weights.T @ gram(rows, rows) @ weights
    across = weights.T @ gram(rows, others) @ other_weights
    np.testing.assert_allclose(kernel.kernel_sums(rows, weights), inside, rtol=1e-10)
    np.testing.assert_allclose(kernel.cross_sums(rows, weights, others, other_weights), across, rtol=1e-10)


def test_the_kernel_distance_is_the_mean_over_pairs_of_other_groups():
    samples, pool = normal(30, 3, 5).float(), normal(80, 5, seed=1).float() + 0.2
    groups = [str(i // 2) for i in range(30)]
    found = score("kernel", samples, pool, groups)
    real = pool.double()
    between_real = (gram(real, real).sum() - gram(real, real).trace()) / (80 * 79)

    def direct(keep):
        rows, own = samples[keep].flatten(0, 1).double(), np.repeat(np.asarray(groups)[keep], 3)
        pairs = torch.from_numpy(own[:, None] != own[None])
        return float(gram(rows, rows)[pairs].mean() + between_real - 2 * gram(rows, real).mean())

    expected = jackknife(direct, groups)
    assert found.value == pytest.approx(expected.value, rel=1e-9)
    assert found.standard_error == pytest.approx(expected.standard_error, rel=1e-9)
    assert found.uncertainty == Uncertainty(JACKKNIFE, 30, 15, blocks=15)


def test_the_interval_of_the_kernel_distance_is_of_the_squared_distance_of_means():
    """With all pairs, those of a row with itself too, it is above 0, however near the laws are."""
    samples, pool = normal(30, 3, 5).float(), normal(80, 5, seed=1).float()
    found = score("kernel", samples, pool)
    rows, real = samples.flatten(0, 1).double(), pool.double()
    length = float(gram(rows, rows).mean() + gram(real, real).mean() - 2 * gram(rows, real).mean())
    offset = length - found.value
    assert length > 0
    assert offset > 0
    expected = logarithm_interval95(found.value, found.standard_error, 19, offset)
    assert found.interval == pytest.approx(expected)


def test_copies_within_a_condition_do_not_bias_the_kernel_distance():
    """With the pairs of one condition it would be far from 0 for samples of the real law."""
    values, errors = [], []
    for seed in range(60):
        samples = normal(60, 1, 4, seed=2 * seed).expand(60, 10, 4)
        found = score("kernel", samples, normal(200, 4, seed=2 * seed + 1))
        values.append(found.value)
        errors.append(found.standard_error)
    mean, deviation = np.mean(values), np.std(values, ddof=1)
    assert abs(mean) < 3 * deviation / 60**0.5
    rows = samples.flatten(0, 1).double()
    all_pairs = (gram(rows, rows).sum() - gram(rows, rows).trace()) / (600 * 599)
    first = rows[::10]
    other_groups = (gram(first, first).sum() - gram(first, first).trace()) / (60 * 59)
    assert float(all_pairs - other_groups) > 10 * deviation / 60**0.5
    assert 0.4 < np.mean(errors) / deviation < 1.6


def test_a_kernel_distance_needs_two_groups_and_two_of_each():
    samples, pool = normal(6, 2, 3), normal(50, 3)
    with pytest.raises(BenchbenchError, match="samples of different groups"):
        score("kernel", samples, pool, ["a"] * 6)
    assert score("kernel", samples, pool, ["a", "b"] * 3).standard_error is None
    with pytest.raises(BenchbenchError, match="at least 2 real images, got 1"):
        score("kernel", samples, pool[:1])
    with pytest.raises(BenchbenchError, match="got 12 and 1"):
        score("kid", samples, pool[:1])


def test_kid_cuts_its_subsets_and_says_so():
    cut = score("kid", normal(20, 3, 4), normal(50, 4))
    assert cut.uncertainty == Uncertainty(SUBSETS, 100, 100, subset_size=50)
    assert (cut.detail, cut.counts) == ("100 subsets of 50", {"samples": 60, "real": 50})
    assert cut.flag == "subsets of 50, not 1000: too few images"
    whole = score("kid", normal(250, 4, 4), normal(1000, 4))
    assert (whole.counts, whole.flag) == ({"samples": 1000, "real": 1000}, "")


# precision, recall, density, coverage ---------------------------------------------------------------------------------


def brute_force(samples, real, k, inside):
    """Return the four numbers from all distances `[N, M]`, in which a point is `inside(distance, radius)`."""

    def all_distances(first, second):
        return torch.cdist(first.double(), second.double(), compute_mode="donot_use_mm_for_euclid_dist")

    of_real = all_distances(real, real).sort(1).values[:, k]
    of_samples = all_distances(samples, samples).sort(1).values[:, k]
    to_real = all_distances(samples, real)
    within = inside(to_real, of_real[None])
    return {
        "precision": float(within.any(1).double().mean()),
        "recall": float(inside(to_real, of_samples[:, None]).any(0).double().mean()),
        "density": float(within.double().sum(1).mean() / k),
        "coverage": float(within.any(0).double().mean()),
    }


def four(samples, real, k=5):
    found = manifold.manifold(samples, real, torch.arange(len(samples)) % 3, k)
    return {
        "precision": found.precise.mean(),
        "recall": found.recalled.any(1).mean(),
        "density": found.density.mean(),
        "coverage": found.covered.any(1).mean(),
    }


@pytest.mark.parametrize("k", [1, 5])
def test_the_manifolds_numbers_are_the_papers(k):
    """With their strict inequality, which is the same where no distances tie."""
    samples, real = normal(1100, 5) * 0.9 + 0.3, normal(900, 5, seed=1)
    assert four(samples, real, k) == pytest.approx(brute_force(samples, real, k, torch.lt))


def test_density_is_one_for_the_same_law_and_may_be_more():
    samples, real = normal(1500, 3), normal(1500, 3, seed=1)
    assert four(samples, real)["density"] == pytest.approx(1, abs=0.05)
    samples, real = normal(500, 30) * 0.3, normal(500, 30, seed=1)
    assert four(samples, real)["density"] > 3  # the middle is in many balls


@pytest.mark.parametrize(("scale", "shift"), [(1, 0), (1, 1000), (0.25, -3), (2.0**-10, 1)])
def test_points_on_the_rim_are_inside_however_they_round(scale, shift):
    """On a lattice every radius is a tie; whole numbers are exact, their distances to a mean are not."""
    generator = stream("lattice")
    samples, real = (torch.from_numpy(generator.integers(0, 10, size=(600, 3))) for _ in range(2))
    exact = brute_force(samples, real, 5, torch.le)
    assert exact != brute_force(samples, real, 5, torch.lt)
    squares = (real[:, None] - real[None]).square().sum(2)
    balls = squares.sort(1).values[:, 5]
    held = (squares <= balls[:, None]).sum(1) - 1
    inside = (samples[:, None] - real[None]).square().sum(2) <= balls
    exact["density"] = float((inside / held).sum(1).mean())
    found = four((samples * scale + shift).float(), (real * scale + shift).float())
    assert found == pytest.approx(exact)


def test_copies_of_a_few_samples_recall_only_what_they_are():
    pool = normal(200, 4)
    samples = pool[:30, None].expand(30, 10, 4)
    assert score("recall", samples, pool).value == pytest.approx(30 / 200)
    assert score("precision", samples, pool).value == 1
    assert score("recall", samples + 1e-3, pool).value == 0


def subsampled(share, groups, things=None):
    """Return the estimate of a share, of things or of tests, given it as a function of the conditions that are kept."""
    names, index = np.unique(groups, return_inverse=True)

    def shares(chosen):
        return np.array([share(np.flatnonzero(own[index])) for own in chosen])

    assert len(names) > 1
    return share_estimate(shares, groups, things)


def test_the_errors_are_those_of_conditions():
    samples, pool = normal(40, 4, 3).float() * 1.5 + 1, normal(150, 3, seed=1).float()
    groups = [str(i % 20) for i in range(40)]
    balls = manifold.balls(samples.flatten(0, 1).double(), 5)
    to_samples = torch.cdist(pool.double(), samples.flatten(0, 1).double())
    inside = (to_samples.square() <= balls.squares).reshape(150, 40, 4)
    radii = torch.cdist(pool.double(), pool.double()).sort(1).values[:, 5]
    close = (to_samples <= radii[:, None]).reshape(150, 40, 4)
    for name, reached in (("recall", inside), ("coverage", close)):
        expected = subsampled(lambda keep, r=reached: float(r[:, keep].any(2).any(1).double().mean()), groups, 150)
        found = score(name, samples, pool, groups)
        assert found.value == pytest.approx(expected.value)
        assert found.standard_error == pytest.approx(expected.standard_error)
        assert found.interval == pytest.approx(expected.interval)
        assert found.uncertainty == Uncertainty(SUBSAMPLES, 40, 20)
    held = close.flatten(1).double()
    for name, of_sample in (("precision", held.amax(0)), ("density", held.sum(0) / 5)):
        expected = mean_estimate(of_sample.reshape(40, 4).mean(1).numpy(), groups)
        found = score(name, samples, pool, groups)
        assert (found.value, found.standard_error) == pytest.approx((expected.value, expected.standard_error))
        assert found.uncertainty == Uncertainty(STANDARD_ERROR, 40, 20)


def test_a_neighbourhood_needs_neighbours():
    with pytest.raises(BenchbenchError, match="5th nearest neighbour need 6 points per side, got 4"):
        score("coverage", normal(2, 2, 3), normal(50, 3))
    with pytest.raises(BenchbenchError, match="got 5"):
        score("coverage", normal(20, 2, 3), normal(5, 3))


# bins -----------------------------------------------------------------------------------------------------------------


def test_the_test_of_independent_samples_is_the_two_proportion_one():
    from scipy.stats import chi2_contingency

    generator = stream("proportions")
    found, expected = [], []
    for _ in range(40):
        counts = generator.multinomial(100, np.full(20, 0.05))
        real = generator.multinomial(250, generator.dirichlet(np.full(20, 5.0)))
        independent = np.repeat(np.eye(20), counts, axis=0)
        assert bins.design_effect(independent) == pytest.approx(1)
        tables = [[[a, 100 - a], [b, 250 - b]] for a, b in zip(counts, real) if a + b]
        found.append(20 * bins.different_bins(independent, real))
        expected.append(sum(chi2_contingency(table, correction=False).pvalue < 0.05 for table in tables))
    assert found == pytest.approx(expected)
    assert 0.05 < np.mean(expected) / 20 < 0.5


def dependent_counts(generator, law, groups, samples, concentration):
    """Return counts of samples that share a law drawn for their group; without a concentration they are copies."""
    if concentration is None:
        return samples * np.eye(len(law))[generator.choice(len(law), groups, p=law)]
    laws = generator.dirichlet(law * concentration, size=groups)
    return generator.multinomial(samples, laws / laws.sum(1, keepdims=True)).astype(float)


@pytest.mark.parametrize(
    ("groups", "samples", "concentration", "effect"),
    [(1500, 1, 5, 1), (300, 20, 1e6, 1), (300, 20, 5, 1 + 19 / 6), (300, 20, None, 20), (32, 180, 5, 1 + 179 / 6)],
    ids=["one a group", "independent", "dependent", "copies", "few groups"],
)
def test_one_bin_in_twenty_differs_by_chance_however_dependent_the_samples(groups, samples, concentration, effect):
    generator = stream("null", groups, samples)
    shares, effects, divergences = [], [], []
    for _ in range(100):
        law = generator.dirichlet(np.full(100, 5.0))
        real = generator.multinomial(4000, law)
        counts = dependent_counts(generator, law, groups, samples, concentration)
        shares.append(bins.different_bins(counts, real))
        effects.append(bins.design_effect(counts))
        divergences.append(bins.jensen_shannon(counts.sum(0) / counts.sum(), real / real.sum()))
    assert np.mean(shares) == pytest.approx(bins.LEVEL, abs=0.015)
    assert np.mean(effects) == pytest.approx(effect, rel=0.05)
    floor = bins.Jsd()._floor(100, groups * samples / effect, 4000)
    assert np.mean(divergences) == pytest.approx(float(floor.removeprefix("true samples have about ")), rel=0.25)


def test_the_classic_test_would_call_dependent_samples_different():
    """Otherwise the test before this one could not fail."""
    generator = stream("classic")
    law = generator.dirichlet(np.full(100, 5.0))
    real = generator.multinomial(4000, law)
    counts = dependent_counts(generator, law, 300, 20, 2)
    as_if_alone = np.repeat(np.eye(100), counts.sum(0).astype(int), axis=0)
    assert bins.different_bins(as_if_alone, real) > 0.2 > 0.1 > bins.different_bins(counts, real)


def clusters(n, k, modes, seed):
    """Return samples `[n, K, 4]` of modes far apart, and which they are of."""
    generator = stream("clusters", seed)
    mode = generator.choice(modes, size=(n, k))
    centres = 10 * np.eye(10)[:, :4] + 10 * np.arange(10)[:, None]
    return torch.from_numpy(centres[mode] + generator.standard_normal((n, k, 4))), mode


def test_a_dropped_mode_is_found():
    pool, _ = clusters(2000, 1, range(10), 0)
    whole, _ = clusters(300, 10, range(10), 1)
    lacking, _ = clusters(300, 10, range(9), 2)
    _, real = bins.cells(pool[:, 0].float())
    assert len(real) == 100
    before, after = score("ndb", whole, pool[:, 0]), score("ndb", lacking, pool[:, 0])
    assert before.value < 0.15
    assert after.value > before.value + 0.06
    near, far = score("jsd", whole, pool[:, 0]), score("jsd", lacking, pool[:, 0])
    assert near.value < 0.02
    assert far.value > near.value + 5 * far.standard_error
    assert after.detail[:2] == ("true samples have about 0.05", "100 bins")
    assert after.counts["samples"] == 3000
    assert after.flag == ""


def test_the_bins_are_scikit_learns_whatever_the_features_scales():
    from sklearn.cluster import KMeans

    pool = normal(600, 3)
    stretched = pool * torch.tensor([1.0, 1000, 1e-3])
    model, real = bins.cells(stretched)
    plain = (pool - pool.mean(0)) / pool.std(0, correction=0)
    direct = KMeans(30, n_init=1, max_iter=100, random_state=0).fit(plain.numpy())
    assert real.tolist() == np.bincount(direct.labels_).tolist()
    counts = bins.sample_counts(stretched.reshape(60, 10, 3), stretched)
    assert counts.sum(0).tolist() == real.tolist()


def test_empty_bins_are_no_numbers_trouble():
    counts, real = np.array([[3.0, 0, 0, 1], [2, 0, 1, 1]]), np.array([30, 0, 0, 20])
    with np.errstate(all="raise"):
        assert 0 <= bins.different_bins(counts, real) <= 0.25
        assert bins.jensen_shannon(counts.sum(0) / 8, real / 50) > 0
        assert bins.jensen_shannon(np.array([1.0, 0, 0]), np.array([0, 0, 1.0])) == pytest.approx(np.log(2))
        assert bins.design_effect(np.array([[4.0, 0], [4.0, 0]])) == 1


def test_jensen_shannon_is_scipys():
    from scipy.spatial.distance import jensenshannon

    first, second = stream("jsd").dirichlet(np.ones(30), size=2)
    assert bins.jensen_shannon(first, second) == pytest.approx(jensenshannon(first, second) ** 2)
    assert bins.jensen_shannon(first, first) == 0


def test_the_errors_of_bins_are_those_of_conditions():
    samples, pool = normal(40, 5, 3) + 0.3, normal(400, 3, seed=1)
    groups = [str(i // 2) for i in range(40)]
    counts, (_, real) = bins.sample_counts(samples.float(), pool.float()), bins.cells(pool.float())

    def direct(keep):
        by_group = np.stack([counts[2 * g : 2 * g + 2].sum(0) for g in sorted({i // 2 for i in keep})])
        return bins.different_bins(by_group, real)

    expected, found = subsampled(direct, groups), score("ndb", samples, pool, groups)
    assert (found.value, found.standard_error) == pytest.approx((expected.value, expected.standard_error))
    assert found.flag == "20 bins, not 100: too few real points"
    own = counts.reshape(20, 2, 20).sum(1)
    law, apart = real / real.sum(), score("jsd", samples, pool, groups)
    sides = [[bins.jensen_shannon(t / t.sum(), law) for t in own.sum(0) + own * sign] for sign in (1, -1)]
    parts = np.subtract(*sides) / 2
    assert apart.standard_error == pytest.approx(np.sqrt(20 * parts.var(ddof=1)))
    assert apart.uncertainty == Uncertainty(TWO_SIDED, 40, 20)


def test_one_group_is_worth_one_sample():
    """Nothing can be told from it but for bins that the real law all but rules out."""
    assert bins.design_effect(np.array([[30.0, 10]])) == 40
    assert bins.different_bins(np.array([[30.0, 10]]), np.array([500, 500])) == 0
    with pytest.raises(BenchbenchError, match="two bins need 40 real points, got 39"):
        bins.cells(normal(39, 2))
