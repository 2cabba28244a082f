"""Metrics: analytic cases, known answers, agreement with the reference packages, and each fault by name."""

import functools
import re

import numpy as np
import pytest
import torch
from baselines import BEATS, methods_of

from benchbench.core import ConditionFeatures, ConditionSamples, Example, Protocol, Task, Thresholds, Unsupported
from benchbench.core.noise import stream
from benchbench.core.uncertainty import STANDARD_ERROR, Uncertainty
from benchbench.metrics import collapse, diversity, energy, frechet, modes, ms_ssim, realism
from benchbench.plugins import get_task, registry
from benchbench.protocols import pairs
from benchbench.stats.distances import distances_to, euclidean, nearest, nearest_elsewhere
from benchbench.stats.estimates import condition_means, jackknife, mean_estimate, ratio_estimate
from benchbench.stats.sketch import SIZE, sketch


def normal(*shape, seed=0):
    return torch.from_numpy(stream("test", seed).standard_normal(shape))


def groups_of(n):
    return [str(i) for i in range(n)]


def measured(embedding, references=None, task=None, thresholds=None, drawn=None):
    """Return what a condition metric gets to see of these embeddings."""
    references = embedding[:1] if references is None else references
    return ConditionFeatures(
        task,
        None,
        embedding,
        drawn,
        embedding,
        references,
        euclidean(embedding, embedding),
        euclidean(embedding, references),
        thresholds,
    )


def value(metric, data):
    """Return a condition metric's value of one condition."""
    found = metric.compute(data)
    return float(condition_means(np.asarray(found)[None])[0])


def energy_score(samples, truth):
    return value(energy.EnergyScore(), measured(samples, truth))


# distances ------------------------------------------------------------------------------------------------------------


def test_distances_are_euclidean_and_nought_for_equal_rows():
    rows = normal(9, 300).float() * 1e-2 + 7
    rows[4] = rows[2]
    found = euclidean(rows, rows)
    exact = torch.cdist(rows.double(), rows.double(), compute_mode="donot_use_mm_for_euclid_dist")
    torch.testing.assert_close(found, exact, rtol=1e-9, atol=1e-9)
    assert float(found[4, 2]) == float(found.diagonal().max()) == 0
    assert float(euclidean(rows[:1].expand(5, -1), rows[:1].expand(3, -1)).max()) == 0


@pytest.mark.parametrize(("others", "width"), [(200, 700), (26, 2), (20, 50)])
def test_distances_to_fixed_rows_are_torchs_to_the_bit(others, width):
    rows, fixed = normal(60, width).float(), normal(others, width, seed=1).float()
    rows[0] = fixed[4]
    found = distances_to(fixed)
    for number in (1, 9, 60):
        assert torch.equal(found(rows[:number]), torch.cdist(rows[:number], fixed))
    assert torch.equal(distances_to(fixed.double())(rows.double()), torch.cdist(rows.double(), fixed.double()))


def test_nearest_is_what_brute_force_finds():
    rows, others = normal(700, 12), normal(900, 12, seed=1)
    exact = torch.cdist(rows, others, compute_mode="donot_use_mm_for_euclid_dist").min(1).values
    torch.testing.assert_close(nearest(rows, others), exact, rtol=1e-5, atol=1e-6)


def test_a_sketch_keeps_distances():
    """Unbiased, with a relative standard deviation of the squares of √(2/1024)."""
    embedding = normal(200, 5000).float()
    short = sketch(embedding)
    assert short.shape == (200, SIZE)
    ratio = (short[::2] - short[1::2]).square().sum(1) / (embedding[::2] - embedding[1::2]).square().sum(1)
    assert abs(float(ratio.mean()) - 1) < 4 * float(ratio.std()) / 10
    assert 0.5 < float(ratio.std()) / (2 / SIZE) ** 0.5 < 1.5
    assert torch.equal(sketch(embedding[:, :SIZE]), embedding[:, :SIZE]), "what is short already stays"
    assert torch.equal(sketch(embedding[3:4]), short[3:4]), "whatever the batch"


# energy score ---------------------------------------------------------------------------------------------------------


def test_energy_score_of_a_hand_case():
    samples, truth = torch.tensor([[0.0, 0.0], [3.0, 4.0]]), torch.tensor([[0.0, 0.0]])
    assert energy_score(samples, truth) == pytest.approx(2.5 - 2.5)
    assert energy_score(samples, torch.tensor([[3.0, 0.0]])) == pytest.approx(3.5 - 2.5)


def test_energy_score_is_the_crps_in_one_dimension():
    """CRPS of N(0, 1) at y has a closed form (Gneiting & Raftery 2007, eq. 20)."""
    from scipy.stats import norm

    y = 0.7
    exact = y * (2 * norm.cdf(y) - 1) + 2 * norm.pdf(y) - 1 / np.sqrt(np.pi)
    draws = normal(400, 20, 1)
    scores = [energy_score(draw, torch.tensor([[y]])) for draw in draws]
    estimate = mean_estimate(scores, groups_of(400))
    assert abs(estimate.value - exact) < 4 * estimate.standard_error


def test_energy_score_is_unbiased_in_the_number_of_samples():
    draws = normal(2000, 20, 3)
    y = torch.zeros(1, 3, dtype=torch.float64)
    few = mean_estimate([energy_score(draw[:2], y) for draw in draws], groups_of(2000))
    many = mean_estimate([energy_score(draw, y) for draw in draws], groups_of(2000))
    assert abs(few.value - many.value) < 4 * np.hypot(few.standard_error, many.standard_error)


def test_the_energy_score_is_the_distance_to_the_truth_less_half_the_spread():
    data = measured(normal(20, 6), normal(3, 6, seed=1))
    parts = value(energy.DistanceToTruth(), data) - value(energy.Spread(), data) / 2
    assert value(energy.EnergyScore(), data) == pytest.approx(parts)


@pytest.mark.parametrize("fault", ["wide", "narrow", "moved", "point"])
def test_energy_score_is_proper(fault):
    """The truth scores better than each wrong law, beyond the paired uncertainty."""
    truth, draws = true_draws()
    faulty = {"wide": draws * 1.6, "narrow": draws * 0.5, "moved": draws + 0.6, "point": draws * 0}[fault]
    difference = [energy_score(bad, y) - good for bad, y, good in zip(faulty, truth, scores_of_the_truth())]
    estimate = mean_estimate(difference, [str(i) for i in range(len(truth))])
    assert estimate.value > 3 * estimate.standard_error


def true_draws(number=1000):
    """Return truths `[n, 1, 2]` and samples `[n, 10, 2]` of the same law."""
    return normal(number, 1, 2, seed=1), normal(number, 10, 2, seed=2)


@functools.cache
def scores_of_the_truth():
    return [energy_score(samples, y) for y, samples in zip(*true_draws())]


def test_energy_score_averages_over_references():
    samples, truths = normal(6, 4), normal(5, 4, seed=1)
    alone = [energy_score(samples, truth[None]) for truth in truths]
    assert energy_score(samples, truths) == pytest.approx(np.mean(alone))


# diversity ------------------------------------------------------------------------------------------------------------


def test_all_pairs_from_features_equal_all_pairs():
    from itertools import combinations

    embedding = normal(20, 50)
    expected = np.mean([float((embedding[i] - embedding[j]).square().sum()) for i, j in combinations(range(20), 2)])
    assert diversity.mean_pairwise_square(embedding) == pytest.approx(expected, rel=1e-12)
    assert value(diversity.DiversityAll(), measured(embedding)) == pytest.approx(expected, rel=1e-12)


def test_pairs_use_each_sample_once_and_follow_the_seed():
    task = get_task("toy-shapes")
    drawn = pairs(task.protocol, task, 0, "0001")
    assert drawn.shape == (10, 2)
    assert sorted(drawn.flatten().tolist()) == list(range(20))
    assert torch.equal(drawn, pairs(task.protocol, task, 0, "0001"))
    assert not torch.equal(drawn, pairs(task.protocol, task, 1, "0001"))
    assert not torch.equal(drawn, pairs(task.protocol, task, 0, "0002"))


def test_diversity_of_pairs_and_of_all_pairs_agree_in_expectation():
    task = get_task("toy-shapes")
    embedding = normal(300, 20, 5)
    groups = [str(i) for i in range(300)]
    data = [measured(embedding[i], drawn=pairs(Protocol(), task, 0, str(i))) for i in range(300)]
    some = mean_estimate([value(diversity.Diversity(), each) for each in data], groups)
    all_ = mean_estimate([value(diversity.DiversityAll(), each) for each in data], groups)
    assert abs(some.value - 10) < 4 * some.standard_error
    assert abs(all_.value - 10) < 4 * all_.standard_error
    assert all_.standard_error < some.standard_error


def test_draws_from_references_that_are_the_law_have_its_diversity():
    """Of three equally likely points, 0, 1 and 3 on a line, two draws are 2 (1 + 4 + 9) / 9 apart, squared."""

    class Three(Task):
        examples = real_pool = None

    class Drawn(Three):
        def draw(self, ids, num_samples, noise):
            """Draw from a law that the references are draws of."""

    points = torch.tensor([[0.0], [1.0], [3.0]])
    example = Example("0", {}, points)
    for task, pairs_, variance in ((Three, 9, 14 / 9), (Drawn, 6, 14 / 6)):
        task.__abstractmethods__ = frozenset()
        data = ConditionFeatures(task(), example, points, points, None, points, None, None, None)
        assert value(diversity.TrueDiversity(), data) == pytest.approx(2 * 14 / pairs_)
        assert value(diversity.TrueVariance(), data) == pytest.approx(variance)


def test_relative_diversity_needs_several_references():
    with pytest.raises(Unsupported, match="one reference per condition"):
        diversity.RelativeDiversity().supports(get_task("sr-photos"))


# Fréchet distance -----------------------------------------------------------------------------------------------------


def test_frechet_distance_of_gaussians_with_a_closed_form():
    mean, zero = np.array([3.0, 4.0]), np.zeros(2)
    first, second = np.diag([1.0, 4.0]), np.diag([9.0, 0.25])
    expected = 25 + (1 - 3) ** 2 + (2 - 0.5) ** 2
    assert frechet.frechet_distance(mean, first, zero, second) == pytest.approx(expected)
    assert frechet.frechet_distance(mean, first, mean, first) == pytest.approx(0, abs=1e-12)


def test_frechet_distance_of_covariances_that_do_not_commute_and_lack_rank():
    from scipy.linalg import sqrtm

    generator = stream("frechet")
    a, b = generator.standard_normal((2, 12, 12))
    first, second = a @ a.T, b @ b.T
    root = np.trace(sqrtm(first @ second).real)
    expected = np.trace(first) + np.trace(second) - 2 * root
    assert frechet.frechet_distance(np.zeros(12), first, np.zeros(12), second) == pytest.approx(expected, rel=1e-8)
    thin = a[:, :3] @ a[:, :3].T
    there = frechet.frechet_distance(np.zeros(12), thin, np.zeros(12), second)
    back = frechet.frechet_distance(np.zeros(12), second, np.zeros(12), thin)
    assert there == pytest.approx(back, rel=1e-6)
    assert frechet.frechet_distance(np.zeros(12), thin, np.zeros(12), thin) == pytest.approx(0, abs=1e-6)


def test_frechet_agrees_with_torch_fidelity():
    from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric

    first, second = normal(500, 40), normal(700, 40, seed=1) * 1.3 + 0.2
    theirs = fid_statistics_to_metric(
        fid_features_to_statistics(first), fid_features_to_statistics(second), verbose=False
    )
    ours = frechet.frechet_distance(*frechet.moments(first.numpy()), *frechet.moments(second.numpy()))
    assert ours == pytest.approx(next(iter(theirs.values())), rel=1e-6)


def test_the_frechet_metric_is_the_distance_of_all_samples_with_its_jackknife():
    from types import SimpleNamespace

    features, pool = normal(40, 5, 6) + 1, normal(300, 6, seed=1)
    groups = [str(i // 2) for i in range(40)]
    data = SimpleNamespace(
        features={"pooled": features.float()}, groups=groups, real=SimpleNamespace(pooled=pool.float())
    )
    found = frechet.Frechet().compute(data)

    def direct(keep):
        rows = features[keep].reshape(-1, 6).float().numpy()
        return frechet.frechet_distance(*frechet.moments(rows), *frechet.moments(pool.float().numpy()))

    expected = jackknife(direct, groups)
    assert found.value == pytest.approx(expected.value, rel=1e-6)
    assert found.standard_error == pytest.approx(expected.standard_error, rel=1e-5)
    assert (found.uncertainty.n, found.uncertainty.groups) == (40, 20)


# MS-SSIM --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("side", "window"), [(33, 3), (64, 3), (65, 5), (128, 7), (161, 11), (256, 11)])
def test_the_ms_ssim_window_is_the_largest_that_pytorch_msssim_takes(side, window):
    from pytorch_msssim import ms_ssim as reference

    assert ms_ssim.window_size(side) == window
    image = (normal(1, 3, side, side) * 40 + 128).clamp(0, 255).float()
    assert float(reference(image, image, data_range=255, win_size=window)) == pytest.approx(1)
    if window < 11:
        with pytest.raises(AssertionError):
            reference(image, image, data_range=255, win_size=window + 2)


def test_ms_ssim_says_its_window():
    assert ms_ssim.MsSsim().variant(get_task("sr-photos")) == "window=3"
    assert ms_ssim.MsSsim().variant(get_task("toy-shapes")) == "window=shrunk"


def test_a_float_image_is_refused_not_measured():
    from benchbench.features.pixels import Pixels
    from benchbench.metrics.error import Consistency

    task = get_task("sr-photos")
    example = task.examples("test")[0]
    data = ConditionSamples(task, example, torch.rand(4, 3, 64, 64), torch.tensor([[0, 1]]))
    for metric in (ms_ssim.MsSsim(), Consistency()):
        with pytest.raises(TypeError, match=r"uint8 in 0..255, got torch.float32"):
            metric.compute(data)
    with pytest.raises(TypeError, match=r"uint8 in 0..255, got torch.float32"):
        Pixels().load("cpu")(data.samples)


# realism --------------------------------------------------------------------------------------------------------------


def test_realism_of_real_data_is_one_and_of_obvious_fakes_nought():
    real, same = normal(150, 4, 10).numpy(), normal(150, 20, 10, seed=1).numpy()
    honest = realism.realism(same, real, groups_of(150))
    assert honest.value > 1 - 3 * honest.standard_error - 0.02
    assert realism.realism(same + 9, real, groups_of(150)).value < 0.01


def test_realism_falls_as_fakes_move_away():
    real, same = normal(150, 4, 10).numpy(), normal(150, 20, 10, seed=1).numpy()
    values = [realism.realism(same + step, real, groups_of(150)).value for step in (0, 0.3, 0.6, 1.2)]
    assert values == sorted(values, reverse=True)


def test_copies_of_the_references_are_not_told_apart_by_memory():
    """With folds that cut through conditions a classifier would know the copies by heart."""
    real = normal(150, 1, 10).numpy()
    copies = np.repeat(real, 20, axis=1)
    assert realism.realism(copies, real, groups_of(150)).value > 0.9


def test_f_measure_of_a_hand_case():
    predicted, fake = np.array([1, 1, 0, 0], bool), np.array([1, 0, 1, 0], bool)
    assert realism.f_measure(predicted, fake, np.ones(4)) == pytest.approx(0.5)
    assert realism.f_measure(fake, fake, np.ones(4)) == 1
    assert realism.f_measure(~fake, fake, np.ones(4)) == 0
    weights = np.array([2.0, 1, 1, 1])
    assert realism.f_measure(predicted, fake, weights) == pytest.approx((4 / 6 + 2 / 4) / 2)


def test_f_measure_agrees_with_scikit_learn():
    from sklearn.metrics import f1_score

    generator = stream("f")
    predicted, fake, weights = generator.random(200) < 0.7, generator.random(200) < 0.4, generator.random(200)
    expected = f1_score(fake, predicted, average="macro", sample_weight=weights)
    assert realism.f_measure(predicted, fake, weights) == pytest.approx(expected)


def test_many_features_are_seen_by_their_leading_components():
    """The direction that tells real from fake is among those that vary most."""
    hidden, loadings = normal(3000, 20).numpy(), normal(20, 600, seed=1).numpy()
    features = hidden @ loadings + 0.1 * normal(3000, 600, seed=2).numpy()
    short = realism.leading_components(features)
    assert short.shape == (3000, 256)
    kept = np.linalg.lstsq(short, hidden - hidden.mean(0), rcond=None)[1].sum() / ((hidden - hidden.mean(0)) ** 2).sum()
    assert kept < 0.01
    assert realism.leading_components(features[:, :256]).shape == (3000, 256)
    real, fake = (part.reshape(150, 10, 600) for part in (features[:1500], features[1500:]))
    assert realism.realism(fake, real, groups_of(150)).value > 0.9
    assert realism.realism(fake + 2 * loadings[0], real, groups_of(150)).value < 0.6
    constant = np.concatenate([features, np.ones((3000, 1))], axis=1)
    assert np.isfinite(realism.leading_components(constant)).all()


@pytest.mark.parametrize("d", [10, 250])
def test_the_classifier_agrees_with_scikit_learns_cross_validation(d):
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import PredefinedSplit, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    features = np.concatenate([normal(80, d).numpy() + 0.3, normal(80, d, seed=1).numpy()])
    fake, weights = np.repeat([True, False], 80), stream("w").random(160)
    groups = np.tile(groups_of(40), 4)
    _, index = np.unique(groups, return_inverse=True)
    fold = (stream("realism", 0).permutation(40) % realism.FOLDS)[index]
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, solver="newton-cg", max_iter=1000))
    weighted = {"logisticregression__sample_weight": weights}
    expected = cross_val_predict(model, features, fake, cv=PredefinedSplit(fold), params=weighted)
    found = realism.classifiers(features, fake, weights, index).predictors() > 0
    assert (found[0] == expected).mean() > 0.99


def test_realism_needs_something_to_learn_from():
    with pytest.raises(ValueError, match="two groups"):
        realism.realism(normal(3, 2, 4).numpy(), normal(3, 1, 4).numpy(), ["a", "a", "a"])


# collapse -------------------------------------------------------------------------------------------------------------

LINE = torch.tensor([[0.0], [0.05], [1.0], [2.0], [2.3]])


def test_collapse_within_a_condition_by_both_thresholds():
    data = measured(LINE, thresholds=Thresholds(repeat=0.1, visible=0.5))
    assert value(collapse.RepeatsWithin(), data) == pytest.approx(0.4), "two samples of five have a twin"
    assert value(collapse.CollapseWithin(), data) == pytest.approx(2 / 10), "two pairs of ten look alike"
    assert value(collapse.CollapseRate(), data) == 0
    same = measured(torch.zeros(7, 3), thresholds=Thresholds(0.0, 0.0))
    for metric in (collapse.RepeatsWithin(), collapse.CollapseWithin(), collapse.CollapseRate()):
        assert value(metric, same) == 1


def test_a_condition_is_collapsed_from_nine_pairs_in_ten_on():
    thresholds = Thresholds(0.0, 0.5)
    one_apart = torch.cat([torch.zeros(19, 1), torch.ones(1, 1)])  # 171 of 190 pairs: 0.9
    two_apart = torch.cat([torch.zeros(18, 1), torch.ones(1, 1), -torch.ones(1, 1)])
    assert value(collapse.CollapseRate(), measured(one_apart, thresholds=thresholds)) == 1
    assert value(collapse.CollapseRate(), measured(two_apart, thresholds=thresholds)) == 0


def test_the_nearest_sample_elsewhere_is_what_brute_force_finds():
    embedding = normal(12, 6, 40).float()
    embedding[3, 2] = embedding[7, 1]
    embedding[8, 0] = embedding[5, 0] + 0.05
    found = nearest_elsewhere(embedding)
    for i in range(12):
        others = torch.cat([embedding[j] for j in range(12) if j != i]).double()
        exact = torch.cdist(embedding[i].double(), others, compute_mode="donot_use_mm_for_euclid_dist").min(1).values
        torch.testing.assert_close(found[i], exact, rtol=1e-5, atol=1e-5)
    assert float(found[3, 2]) == float(found[7, 1]) == 0


def test_no_twin_is_sought_in_its_own_condition():
    apart = torch.arange(4.0)[:, None, None].expand(4, 5, 3)
    assert float(nearest_elsewhere(apart).min()) == pytest.approx(3**0.5)
    assert float(nearest_elsewhere(torch.zeros(4, 5, 3)).max()) == 0


@pytest.mark.parametrize("name", ["toy-shapes", "sr-photos", "ring8"])
def test_the_thresholds_are_measured_on_real_data_and_in_order(name):
    """A repeat is nearer than what people cannot tell apart, and that is nearer than two real images mostly are."""
    from benchbench.evaluation.extractors import load
    from benchbench.evaluation.real import _thresholds

    pool = get_task(name).real_pool()[:100]
    embed = load(registry().get("features", "pixels" if name == "ring8" else "mini")(), "cpu")
    with torch.no_grad():
        repeat, visible = _thresholds(embed, pool)
        embedding = embed(pool)["embedding"]
    apart = euclidean(embedding, embedding).fill_diagonal_(float("inf")).min(1).values.median()
    assert 0 < repeat < visible / 5 < visible < float(apart)


# modes ----------------------------------------------------------------------------------------------------------------


def test_law_distance_is_unbiased():
    truth = torch.tensor([0.5, 0.3, 0.2, 0.0], dtype=torch.float64)
    method = np.array([0.1, 0.6, 0.1, 0.1, 0.1])  # the last: of low quality
    draws = stream("law").choice(5, size=(4000, 6), p=method)
    values = [modes.law_distance(torch.from_numpy(np.where(d == 4, -1, d)), truth) for d in draws]
    estimate = mean_estimate(values, groups_of(4000))
    exact = float(((torch.from_numpy(method[:4]) - truth) ** 2).sum()) + 0.01
    assert abs(estimate.value - exact) < 4 * estimate.standard_error


def test_mode_coverage_is_one_for_the_truth():
    task = get_task("toy-shapes")
    examples = task.examples("test")[:100]
    values = []
    for example in examples:
        data = ConditionSamples(task, example, example.references, torch.zeros(0, 2))
        values.append(modes.ModeCoverage().compute(data))
    estimate = mean_estimate(values, groups_of(100))
    assert abs(estimate.value - 1) < 4 * estimate.standard_error


# uncertainty ----------------------------------------------------------------------------------------------------------


def test_the_standard_error_of_independent_conditions_is_the_usual_one():
    values = normal(50).numpy()
    estimate = mean_estimate(values, groups_of(50))
    assert estimate.standard_error == pytest.approx(values.std(ddof=1) / 50**0.5)
    assert estimate.uncertainty == Uncertainty(STANDARD_ERROR, 50, 50)


def test_grouped_conditions_have_the_error_of_their_groups():
    """Ten copies of each value: the usual formula would claim √10 less."""
    values = normal(30).numpy()
    grouped = mean_estimate(np.repeat(values, 10), np.repeat(groups_of(30), 10))
    assert grouped.standard_error == pytest.approx(values.std(ddof=1) / 30**0.5)
    assert grouped.uncertainty == Uncertainty(STANDARD_ERROR, 300, 30)


def test_one_group_has_no_error():
    assert mean_estimate([1.0, 2.0], ["a", "a"]).standard_error is None
    assert jackknife(lambda keep: 1.0, ["a", "a"]).standard_error is None


def test_the_jackknife_of_a_mean_is_its_standard_error():
    values = normal(20).numpy()
    found = jackknife(lambda keep: float(values[keep].mean()), groups_of(20))
    assert found.standard_error == pytest.approx(values.std(ddof=1) / 20**0.5)


def test_the_error_of_a_ratio_covers_the_truth():
    inside = 0
    for seed in range(100):
        top, bottom = normal(60, seed=2 * seed).numpy() + 4, normal(60, seed=2 * seed + 1).numpy() + 8
        estimate = ratio_estimate(top, bottom, groups_of(60))
        inside += abs(estimate.value - 0.5) < 1.96 * estimate.standard_error
    assert 88 <= inside <= 100


# which baseline must beat which ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("metric", BEATS)
def test_this_baseline_beats_that(known, metric):
    task, order = BEATS[metric]
    found = {
        label: {specification.split("[")[0]: score.value for specification, score in scores.items()}
        for label, (scores, _) in known(task).items()
    }
    labels, signs = methods_of(order), re.findall("[<>]", order)
    for first, sign, second in zip(labels, signs, labels[1:]):
        one, other = found[first][metric], found[second][metric]
        assert one < other if sign == "<" else one > other, f"{first} {one:.4g}, {second} {other:.4g}"


def test_every_metric_has_its_order():
    from benchbench.plugins import registry

    facts = {"true-diversity", "true-variance"}
    elsewhere = {"fid", "kid"}  # under random weights, in tests/test_set_metrics.py
    elsewhere |= {"modes-captured"}  # noise hits every mode once: by hand, in tests/test_more_tasks.py
    elsewhere |= {"inception-score", "am-score"}  # by hand and against torch-fidelity, in tests/test_image_metrics.py
    elsewhere |= {"cfid", "cmmd", "diversity-hole"}  # tests/test_joint_metrics.py, test_other_eyes.py, test_sr_space.py
    built_in = {
        n for n in registry().metrics if registry().origins["metrics", n].distribution.startswith("benchbench ")
    }
    assert built_in - facts - elsewhere == set(BEATS)
