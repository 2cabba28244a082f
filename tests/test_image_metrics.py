"""MS-SSIM, fidelity, Vendi, the birthday estimate and KL: analytic cases, agreement with packages, invariances."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from benchbench.core import (
    ConditionFeatures,
    ConditionSamples,
    Example,
    FeatureSet,
    SampleSpace,
    Thresholds,
    Unsupported,
)
from benchbench.core.noise import Noise, stream
from benchbench.core.uncertainty import DYADIC, INFLUENCE, JACKKNIFE, Uncertainty
from benchbench.metrics import _ms_ssim, birthday, error, modes, ms_ssim, vendi
from benchbench.metrics._ms_ssim import ms_ssim_shrunk
from benchbench.plugins import get_task
from benchbench.stats.estimates import condition_means, jackknife
from benchbench.stats.influence import without_pairs
from benchbench.stats.shares import wilson


@pytest.fixture(autouse=True)
def one_thread():
    """As in a run."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def normal(*shape, seed=0):
    return torch.from_numpy(stream("test image metrics", seed).standard_normal(shape))


def photos(number):
    return get_task("sr-photos").real_pool()[:number]


def constant(*levels, side=32):
    return torch.tensor(levels, dtype=torch.uint8)[:, None, None, None].expand(-1, 3, side, side)


def groups_of(n):
    return [str(i) for i in range(n)]


def all_samples(samples, task=None, groups=None, view="samples", conditional=True, visible=0.0):
    """Return what a set metric gets to see of samples, or of features, `[n, K, …]`."""
    n = len(samples)
    condition = {"image": torch.zeros(1)} if conditional else {}
    examples = task.examples("test")[:n] if task else [Example(f"{i:04d}", condition, samples[i]) for i in range(n)]
    real = SimpleNamespace(thresholds=Thresholds(0.0, visible))
    return FeatureSet(task, examples, groups or groups_of(n), None, {view: samples}, real)


def seen(samples, references, pairs=None):
    """Return what a condition metric gets to see of images."""
    return ConditionSamples(get_task("sr-photos"), Example("0000", {}, references), samples, pairs)


# MS-SSIM as pytorch-msssim has it -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("side", "window"), [(33, 3), (64, 3), (65, 5), (100, 7), (177, 11)])
def test_one_window_gives_pytorch_msssims_value(side, window):
    """Images that are alike, that are dark and unlike each other, and that are equal; odd sides are padded."""
    from pytorch_msssim import ms_ssim as reference

    generator = stream("ms-ssim", side)
    first = torch.from_numpy(generator.integers(256, size=(4, 3, side, side))).double()
    other = torch.from_numpy(generator.integers(90, size=(4, 3, side, side))).double()
    shares = torch.tensor([0.7, 0.3, 0.0, 1.0], dtype=torch.float64)[:, None, None, None]
    second = (first * shares + other * (shares < 1)).clamp(0, 255).byte()
    first = first.byte()
    expected = reference(first.double(), second.double(), data_range=255, size_average=False, win_size=window)
    found = _ms_ssim.ms_ssim(first, second, window)
    assert found.dtype == torch.float64
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-6)
    torch.testing.assert_close(_ms_ssim.ms_ssim(second, first, window), found, rtol=0, atol=1e-7)


# MS-SSIM with a shrunk window -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(192, 192), (176, 224)])
def test_the_shrunk_window_gives_pytorch_msssims_value_where_it_has_one(shape):
    from pytorch_msssim import ms_ssim as reference

    generator = stream("ms-ssim", *shape)
    first = torch.from_numpy(generator.integers(256, size=(4, 3, *shape)))
    second = first * torch.tensor([1.0, 0.9, 0.5, 0.0])[:, None, None, None] + torch.from_numpy(
        generator.integers(60, size=(4, 3, *shape))
    )
    first, second = first.byte(), second.clamp(0, 255).byte()
    window = torch.exp(-(torch.arange(-5, 6).double() ** 2) / 4.5)  # theirs is in float32, which costs 1e-6
    window = (window / window.sum()).expand(3, 1, 1, 11)
    expected = reference(first.double(), second.double(), data_range=255, size_average=False, win=window)
    torch.testing.assert_close(ms_ssim_shrunk(first, second), expected, rtol=0, atol=1e-7)  # their weights, in float32
    in_single = reference(first.float(), second.float(), data_range=255, size_average=False)
    torch.testing.assert_close(ms_ssim_shrunk(first, second), in_single.double(), rtol=0, atol=1e-5)


def direct_ms_ssim(first, second):
    """PGGAN's rule written out for one channel: two-dimensional windows of even and odd sides, one after another."""
    from scipy.signal import convolve2d

    value = 1.0
    for scale, weight in enumerate((0.0448, 0.2856, 0.3001, 0.2363, 0.1333)):
        size = min(11, *first.shape)
        offset = np.arange(size) - (size - 1) / 2
        gauss = np.exp(-(offset[:, None] ** 2 + offset[None] ** 2) / (2 * (1.5 * size / 11) ** 2))

        def mean(image, gauss=gauss):
            return convolve2d(image, gauss / gauss.sum(), "valid")

        m1, m2 = mean(first), mean(second)
        s1, s2, s12 = mean(first**2) - m1**2, mean(second**2) - m2**2, mean(first * second) - m1 * m2
        term = (2 * s12 + 58.5225) / (s1 + s2 + 58.5225)
        if scale == 4:
            term = term * (2 * m1 * m2 + 6.5025) / (m1**2 + m2**2 + 6.5025)
        value *= max(term.mean(), 0) ** weight
        first, second = (x.reshape(len(x) // 2, 2, -1, 2).mean((1, 3)) for x in (first, second))
    return value


def test_the_shrunk_window_at_32_px_is_the_rule_written_out():
    images = torch.nn.functional.avg_pool2d(photos(12).float(), 2).byte()
    first, second = images[:6], images[6:]
    second = torch.cat([second[:2], (first[2:] * 0.7 + second[2:] * 0.3).byte()])
    expected = [
        np.mean([direct_ms_ssim(a.double().numpy(), b.double().numpy()) for a, b in zip(x, y)])
        for x, y in zip(first, second)
    ]
    assert ms_ssim_shrunk(first, second).tolist() == pytest.approx(expected, abs=1e-12)
    assert min(expected) < 0.3 < 0.8 < max(expected), "the cases are not all the same"


@pytest.mark.parametrize("side", [16, 17, 32, 33, 64])
def test_ms_ssim_of_identical_constant_and_opposite_images(side):
    noise = torch.from_numpy(stream("opposite").integers(256, size=(2, 3, side, side), dtype=np.uint8))
    assert ms_ssim_shrunk(noise, noise).tolist() == pytest.approx([1, 1], abs=1e-12)
    found = ms_ssim_shrunk(constant(0, 10, 255, side=side), constant(0, 200, 0, side=side))
    last = [(2 * a * b + _ms_ssim.C1) / (a * a + b * b + _ms_ssim.C1) for a, b in ((0, 0), (10, 200), (255, 0))]
    assert found.tolist() == pytest.approx([each**0.1333 for each in last], abs=1e-9)
    assert ms_ssim_shrunk(noise, 255 - noise).tolist() == [0, 0], "a negative contrast counts as 0"


def test_ms_ssim_is_symmetric_and_the_same_in_any_batch():
    first, second = photos(16)[:8], photos(16)[8:]
    together = ms_ssim_shrunk(first, second)
    torch.testing.assert_close(ms_ssim_shrunk(second, first), together, rtol=0, atol=1e-12)
    alone = torch.cat([ms_ssim_shrunk(first[i : i + 1], second[i : i + 1]) for i in range(8)])
    torch.testing.assert_close(alone, together, rtol=0, atol=1e-12)


@pytest.mark.parametrize(("name", "window"), [("toy-shapes", "window=shrunk"), ("sr-photos", "window=3")])
def test_ms_ssim_within_gives_the_value_of_each_pair(name, window):
    task = get_task(name)
    images = task.real_pool()[:6]
    pairs = torch.tensor([[0, 3], [2, 2], [5, 1]])
    metric = ms_ssim.MsSsim()
    metric.supports(task)
    assert metric.variant(task) == window
    found = metric.compute(ConditionSamples(task, task.examples("test")[0], images, pairs))
    assert found.dtype == torch.float64
    assert float(found[1]) == pytest.approx(1, abs=1e-6)
    assert found[[0, 2]].max() < 0.9
    shrunk = ms_ssim_shrunk(images[pairs[:, 0]], images[pairs[:, 1]])
    assert (found - shrunk).abs().max() < (1e-12 if name == "toy-shapes" else 0.2)


@pytest.mark.parametrize("metric", [ms_ssim.MsSsim(), ms_ssim.MsSsimAcross()])
def test_ms_ssim_refuses_points_and_what_has_no_five_scales(metric):
    with pytest.raises(Unsupported, match="compares images"):
        metric.supports(get_task("ring8"))
    with pytest.raises(Unsupported, match="16 px or more"):
        metric.supports(SimpleNamespace(space=SampleSpace("images", (3, 15, 64))))


# MS-SSIM across conditions --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "k", "expected"), [(300, 20, 3000), (7, 3, 9), (2, 1, 1), (3000, 20, 10_000)])
def test_pairs_across_use_each_sample_once_and_never_join_a_condition_to_itself(n, k, expected):
    pairs = ms_ssim.pairs_across(n, k)
    assert pairs.shape == (expected, 2, 2)
    assert (pairs[:, 0, 0] != pairs[:, 1, 0]).all()
    assert len(np.unique(pairs.reshape(-1, 2), axis=0)) == 2 * expected
    assert pairs.reshape(-1, 2).max(0).tolist() == [n - 1, k - 1]
    if expected >= 3000:
        same = (pairs[:, 0, 1] == pairs[:, 1, 1]).mean()
        assert abs(same - 1 / k) < 4 * (1 / k / expected) ** 0.5, "a sample's number says nothing of its partner's"


def test_ms_ssim_across_is_the_mean_of_all_pairs_up_to_its_error(monkeypatch):
    """Flat images whose grey level has a part of the condition and one of the sample."""
    n, k = 60, 5
    grey = (120 + 35 * normal(n, 1) + 25 * normal(n, k, seed=1)).clamp(5, 250).byte()
    samples = grey[:, :, None, None, None].expand(-1, -1, 3, 16, 16)
    found = ms_ssim.MsSsimAcross().compute(all_samples(samples))
    wide, c1 = grey.double().flatten(), _ms_ssim.C1
    value = (2 * torch.outer(wide, wide) + c1) / (wide[:, None] ** 2 + wide[None] ** 2 + c1)
    owner = torch.arange(n).repeat_interleave(k)
    expected = float((value**0.1333)[owner[:, None] != owner[None]].mean())
    assert 0 < found.standard_error < 0.05
    assert abs(found.value - expected) < 4 * found.standard_error
    assert found.detail == "150 of the protocol's 10000 pairs"
    assert found.uncertainty == Uncertainty(DYADIC, 60, 60)
    other = ms_ssim.MsSsimAcross().compute(all_samples(samples.flip(0, 1)))
    assert 0 < abs(other.value - found.value) < 4 * found.standard_error, "another order is another draw of pairs"
    monkeypatch.setattr(ms_ssim, "_VALUES", 7 * 3 * 16 * 16)
    assert ms_ssim.MsSsimAcross().compute(all_samples(samples)).value == pytest.approx(found.value, abs=1e-12)


def test_ms_ssim_across_does_not_see_collapse_within_a_condition_but_sees_one_image_for_all():
    generator = stream("across")
    one_each = torch.from_numpy(generator.integers(256, size=(10, 1, 3, 16, 16), dtype=np.uint8)).expand(
        10, 4, 3, 16, 16
    )
    assert ms_ssim.MsSsimAcross().compute(all_samples(one_each)).value < 0.5
    for_all = one_each[:1].expand(10, 4, 3, 16, 16)
    found = ms_ssim.MsSsimAcross().compute(all_samples(for_all))
    assert (found.value, found.standard_error) == (pytest.approx(1), pytest.approx(0, abs=1e-12))
    with pytest.raises(Unsupported, match="different conditions"):
        ms_ssim.MsSsimAcross().compute(all_samples(one_each[:1]))


def test_the_dyadic_error_is_the_sum_over_pairs_that_share_a_group():
    generator = stream("dyadic")
    values, ends = generator.standard_normal(40) + 0.5, generator.integers(6, size=(40, 2))
    values += np.array([3, -2, 1, 0, 2, -4.0])[ends].sum(1)  # so that what is shared dominates
    residuals = values - values.mean()
    shared = [[bool(set(a) & set(b)) for b in ends.tolist()] for a in ends.tolist()]
    expected = np.sqrt((np.outer(residuals, residuals) * shared).sum() / (1 - np.sum(shared) / 1600)) / 40
    assert ms_ssim.dyadic_error(values, ends) == pytest.approx(expected)
    assert ms_ssim.dyadic_error(values[:3], np.array([[0, 1], [1, 0], [0, 0]])) is None


def test_the_dyadic_error_is_the_spread_of_means_over_repetitions():
    generator = stream("dyadic repeated")
    means, errors = [], []
    for _ in range(400):
        pairs = ms_ssim.pairs_across(40, 6)[:, :, 0]
        values = generator.standard_normal(40)[pairs].sum(1) + generator.standard_normal(len(pairs))
        means.append(values.mean())
        errors.append(ms_ssim.dyadic_error(values, pairs))
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(np.std(means), rel=0.15)
    assert np.std(means) > 1.8 * (3 / 120) ** 0.5, "independent pairs would have this"


# PSNR, SSIM, consistency ----------------------------------------------------------------------------------------------


def test_psnr_of_hand_cases():
    found = error.psnr(constant(110, 100, 0), constant(100, 120))
    assert found[:, 0].tolist() == pytest.approx([20 * np.log10(25.5), 100, 20 * np.log10(2.55)])
    assert found[:, 1].tolist() == pytest.approx([20 * np.log10(25.5), 20 * np.log10(12.75), 20 * np.log10(255 / 120)])
    both = error.Psnr().compute(seen(constant(110, 100, 0), constant(100, 120)))
    torch.testing.assert_close(both, found.mean(1))
    large = torch.zeros(1, 3, 256, 256, dtype=torch.uint8)
    nearly = large.clone()
    nearly[0, 0, 0, 0] = 1
    assert error.psnr(nearly, large).item() == 100, "no image is better than the very same"
    assert error.Psnr().detail() == "identical images count 100 dB"


def test_psnr_agrees_with_scikit_image():
    from skimage.metrics import peak_signal_noise_ratio

    images = photos(5)
    expected = [peak_signal_noise_ratio(images[0].numpy(), each.numpy()) for each in images[1:]]
    assert error.psnr(images[1:], images[:1])[:, 0].tolist() == pytest.approx(expected)


def test_ssim_agrees_with_scikit_image():
    from skimage.metrics import structural_similarity

    images = photos(5)
    samples = torch.cat([images[1:3], (images[:1] * 0.8).byte(), images[:1]])
    found = error.Ssim().compute(seen(samples, images[:1]))
    assert found.dtype == torch.float64
    expected = [
        structural_similarity(
            images[0].numpy(),
            each.numpy(),
            channel_axis=0,
            gaussian_weights=True,
            use_sample_covariance=False,
            data_range=255,
        )
        for each in samples
    ]
    assert found.tolist() == pytest.approx(expected, abs=1e-5)
    several = error.Ssim().compute(seen(samples, images[:2]))
    torch.testing.assert_close(several, (found + error.Ssim().compute(seen(samples, images[1:2]))) / 2)


def test_the_ssim_window_is_the_largest_odd_one_that_fits():
    assert [error.ssim_window(side) for side in (5, 8, 10, 11, 12, 256)] == [5, 7, 9, 11, 11, 11]
    assert error.Ssim().variant(get_task("sr-photos")) == "window=11"


@pytest.mark.parametrize("metric", [error.Psnr(), error.Ssim()])
def test_fidelity_is_for_tasks_with_one_right_answer(metric):
    metric.supports(get_task("sr-photos"))
    for name in ("toy-shapes", "ring8"):
        with pytest.raises(Unsupported, match="compares pixel by pixel"):
            metric.supports(get_task(name))
    image = photos(1)
    with pytest.raises(TypeError, match=r"uint8 in 0\.\.255"):
        metric.compute(seen(image.float(), image))


def test_fidelity_falls_with_noise():
    image = photos(1)
    noise = normal(1, 3, 64, 64)
    samples = torch.cat([(image + level * noise).clamp(0, 255).round().byte() for level in (0, 2, 8, 32)])
    for metric in (error.Psnr(), error.Ssim()):
        values = metric.compute(seen(samples, image)).tolist()
        assert values == sorted(values, reverse=True)


def test_consistency_of_toy_shapes_is_the_residual_of_a_flat_colour_in_the_outline():
    task = get_task("toy-shapes")
    example, other = task.examples("test")[:2]
    own = task.condition_error(example, example.references)
    assert own.shape == (20,)
    assert own.dtype == torch.float64
    assert 0 < own.max() < 1, "only the rounding to bytes is left"
    assert task.condition_error(example, other.references).min() > 5, "another outline"
    noise = torch.from_numpy(stream("consistency").integers(256, size=(2, 3, 32, 32), dtype=np.uint8))
    assert task.condition_error(example, noise).min() > 50
    noisy = (example.references + 10 * normal(20, 3, 32, 32)).clamp(0, 255).round().byte()
    assert (task.condition_error(example, noisy) > own + 4).all()


def test_the_flat_colour_of_toy_shapes_is_the_best_one():
    """No other colour has a smaller square residual; the shape's law of colours does not come in."""
    from benchbench.tasks.toy_shapes import _geometry

    task = get_task("toy-shapes")
    example = task.examples("test")[3]
    _, mask, _ = _geometry("test", 3)
    colour = np.array([250.0, 3, 120])[:, None, None]
    image = torch.from_numpy(np.rint(25.5 + (colour - 25.5) * mask).astype(np.uint8))[None]
    assert task.condition_error(example, image).item() < 1
    image = (image + 20 * normal(1, 3, 32, 32)).clamp(0, 255).byte()
    wide = image[0].double().numpy() - 25.5
    best = np.stack([np.linalg.lstsq(mask.reshape(-1, 1), c.reshape(-1), rcond=None)[0] for c in wide])
    expected = np.abs(wide - best[:, :, None] * mask).mean()
    assert task.condition_error(example, image).item() == pytest.approx(expected, abs=0.2)


# Vendi ----------------------------------------------------------------------------------------------------------------


def test_vendi_of_identical_orthogonal_and_unequal_rows():
    assert vendi.vendi_score(normal(1, 50).expand(20, 50)) == 1
    assert vendi.vendi_score(torch.eye(20, 50) * torch.arange(1, 21)[:, None]) == pytest.approx(20)
    three_to_one = torch.eye(4)[[0, 0, 0, 2]]
    expected = np.exp(-0.75 * np.log(0.75) - 0.25 * np.log(0.25))
    assert vendi.vendi_score(three_to_one) == pytest.approx(expected)
    assert vendi.vendi_score(torch.tensor([[1.0, 0], [1, 1]])) == pytest.approx(
        np.exp(-sum(p * np.log(p) for p in (0.5 + 8**-0.5, 0.5 - 8**-0.5)))
    ), "two rows with the cosine c have the eigenvalues (1 ± c)/2"
    assert vendi.vendi_score(torch.zeros(5, 3)) == 1, "rows of norm 0 are alike"
    assert vendi.vendi_score(torch.tensor([[0.0, 0], [1, 0]])) == pytest.approx(2)


@pytest.mark.parametrize(("n", "d"), [(30, 12), (12, 30)])
def test_vendi_by_either_product_is_that_of_the_kernel(n, d):
    rows = normal(n, d)
    cosines = np.corrcoef(torch.cat([rows, -rows], 1).numpy())  # rows of mean 0: correlation is the cosine
    eigenvalues = np.linalg.eigvalsh(cosines / n)
    eigenvalues = eigenvalues[eigenvalues > 1e-12]
    expected = np.exp(-(eigenvalues * np.log(eigenvalues)).sum())
    assert vendi.vendi_score(rows) == pytest.approx(expected)
    assert vendi.vendi_score(rows.flip(0) * torch.arange(1, n + 1)[:, None]) == pytest.approx(expected)


def test_vendi_within_sees_the_embedding_of_one_condition():
    embedding = torch.eye(6)[[0, 0, 1, 1, 2, 2]] + 0.0
    data = ConditionFeatures(get_task("toy-shapes"), None, None, None, embedding, None, None, None, None)
    assert vendi.VendiWithin().compute(data) == pytest.approx(3)


def test_vendi_is_that_of_all_samples_with_its_error_over_groups():
    pooled = (normal(40, 5, 6) + 1).float()
    groups = [str(i // 2) for i in range(40)]
    found = vendi.Vendi().compute(all_samples(pooled, groups=groups, view="pooled"))
    assert found.value == pytest.approx(vendi.vendi_score(pooled.reshape(-1, 6)))
    assert found.counts == {"samples": 200, "dimensions": 6}
    assert found.uncertainty == Uncertainty(INFLUENCE, 40, 20)
    turned = vendi.Vendi().compute(all_samples(pooled.flip(0, 1), view="pooled"))
    assert turned.value == pytest.approx(found.value)
    assert vendi.Vendi().compute(all_samples(pooled, groups=["a"] * 40, view="pooled")).standard_error is None


@pytest.mark.parametrize("metric", [vendi.VendiWithin(), vendi.Vendi()])
def test_vendi_refuses_points(metric):
    metric.supports(get_task("toy-shapes"))
    with pytest.raises(Unsupported, match="has points"):
        metric.supports(get_task("ring8"))


# the birthday estimate ------------------------------------------------------------------------------------------------


def test_the_batch_is_that_of_the_birthday_problem():
    """23 people share a birthday with probability one half; s² = 2 ln 2 · M + s."""
    assert birthday.batch_size(1 / 365) == pytest.approx(23, abs=0.01)
    for share in (1e-7, 1e-3, 0.4):
        s = birthday.batch_size(share)
        assert s * (s - 1) / 2 * share == pytest.approx(np.log(2))
        assert birthday.share_of_support(birthday.support_size(share)) == pytest.approx(share)
        assert birthday.support_size(share) == pytest.approx(2 * np.log(2) / share + s)
        step = share * 1e-5
        slope = (birthday.support_size(share + step) - birthday.support_size(share - step)) / (2 * step)
        assert birthday.support_slope(share) == pytest.approx(slope, rel=1e-6)


@pytest.mark.parametrize("across", [True, False])
def test_alike_pairs_are_what_brute_force_counts(across, monkeypatch):
    n, k = 23, 4
    points = normal(n, k, 2).float() + 2000  # far from the origin, where float32 squares would lose the distances
    points[3, 1] = points[9, 2]
    points[5, 0] = points[5, 3]
    block = np.arange(n) % 5
    flat, owner = points.reshape(-1, 2).double(), np.repeat(np.arange(n), k)
    near = torch.cdist(flat, flat, compute_mode="donot_use_mm_for_euclid_dist").numpy() <= 0.3
    expected = np.zeros((5, 5), int)
    for i in range(n * k):
        for j in range(i + 1, n * k):
            if near[i, j] and not (across and owner[i] == owner[j]):
                expected[block[owner[i]], block[owner[j]]] += 1
    assert 20 < expected.sum() < 2000
    for strip in (512, 7):
        monkeypatch.setattr(birthday, "_ROWS", strip)
        assert birthday.alike_counts(points, 0.3, block, across).tolist() == expected.tolist()


def uniform_draws(m, n, k, seed, spacing=1.0):
    """Return `float32[n, K, 3]`: draws of M equally likely points, the nearest of them a spacing apart."""
    chosen = stream("support", m, seed).integers(m, size=(n, k))
    return spacing * torch.from_numpy(np.stack([chosen % 10, chosen // 10 % 10, chosen // 100], -1)).float()


@pytest.mark.parametrize("conditional", [True, False])
def test_the_support_of_equally_likely_images_is_near_their_number(conditional):
    data = all_samples(uniform_draws(500, 300, 20, 0), view="sketch", conditional=conditional, visible=0.5)
    found = birthday.Support().compute(data)
    assert abs(found.value - birthday.support_size(1 / 500)) < 4 * found.standard_error
    assert found.standard_error < 0.05 * found.value
    assert found.value == pytest.approx(2 * np.log(2) * 500 + 27, rel=0.1)
    assert not found.flag
    pairs = 17_940_000 if conditional else 17_997_000
    assert found.detail[0] == "batch 27"
    assert f" of {pairs} pairs of 6000 samples look alike" in found.detail[1]
    turned = all_samples(uniform_draws(500, 300, 20, 0).flip(0, 1), view="sketch", conditional=conditional, visible=0.5)
    assert birthday.Support().compute(turned).value == pytest.approx(found.value, rel=1e-12)


def test_the_error_of_the_support_is_its_spread_over_repetitions():
    """Each condition has a favourite, which half of its samples are: pairs are far from independent."""
    law = 0.9 ** np.arange(40)
    values, errors = [], []
    for seed in range(200):
        generator = stream("favourites", seed)
        favourite, free = (generator.choice(40, size=(60, k), p=law / law.sum()) for k in (1, 6))
        chosen = np.where(generator.random((60, 6)) < 0.5, favourite, free)
        data = all_samples(torch.from_numpy(chosen)[:, :, None].float(), view="sketch", visible=0.5)
        found = birthday.Support().compute(data)
        values.append(found.value)
        errors.append(found.standard_error)
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(np.std(values), rel=0.2)


@pytest.mark.parametrize("conditional", [True, False])
def test_the_error_of_the_support_is_the_jackknifes_less_what_pairs_of_blocks_vary_by(conditional):
    n, k = 30, 4
    groups = [str(i // 2) for i in range(n)]
    draws = uniform_draws(60, n, k, 1)
    found = birthday.Support().compute(
        all_samples(draws, groups=groups, view="sketch", conditional=conditional, visible=0.5)
    )

    def alike(keep):
        flat, owner = draws[keep].reshape(-1, 3).double(), np.repeat(keep, k)
        i, j = np.triu_indices(len(owner), 1)
        counted = owner[i] != owner[j] if conditional else np.ones(len(i), bool)
        return (torch.cdist(flat, flat).numpy()[i, j] < 0.5)[counted], owner[i][counted], owner[j][counted]

    expected = jackknife(lambda keep: float(alike(keep)[0].mean()), groups)
    near, first, second = alike(np.arange(n))
    twos = np.zeros((15, 15))
    for a, b in zip(first[near] // 2, second[near] // 2):  # a group is a block
        twos[[a, b], [b, a]] += 1 / len(near)
    variance = without_pairs(expected.standard_error**2, twos, 15)
    assert variance < 0.95 * expected.standard_error**2
    assert found.value == pytest.approx(birthday.support_size(expected.value))
    slope = abs(birthday.support_slope(expected.value))
    assert found.standard_error == pytest.approx(variance**0.5 * slope)
    assert found.uncertainty == Uncertainty(JACKKNIFE, 30, 15, blocks=15)
    effect = max(variance / (expected.value * (1 - expected.value)), 1 / len(near))
    of_share = wilson(expected.value, effect, 14)
    assert [birthday.share_of_support(end) for end in found.interval] == pytest.approx(of_share[::-1])


def test_copies_within_a_condition_are_not_duplicates_but_for_an_unconditional_task():
    copies = torch.arange(30.0)[:, None, None].expand(30, 4, 2)
    found = birthday.Support().compute(all_samples(copies, view="sketch", visible=0.5))
    assert found.standard_error is None
    assert found.flag == "no duplicate among 120 samples: at least this"
    assert found.value == pytest.approx(birthday.support_size(3 / 435)), "a trial is a pair of conditions"
    loose = birthday.Support().compute(all_samples(copies, view="sketch", visible=0.5, conditional=False))
    assert loose.value == pytest.approx(birthday.support_size(30 * 6 / (120 * 119 / 2)))


def test_few_duplicates_are_flagged_and_no_duplicate_is_a_bound():
    apart = torch.arange(120.0).reshape(30, 4, 1).expand(30, 4, 2).clone()
    bound = birthday.Support().compute(all_samples(apart, view="sketch", visible=0.5, conditional=False))
    assert bound.value == pytest.approx(birthday.support_size(3 / (120 * 119 / 2)))
    apart[3, 1] = apart[20, 2]
    found = birthday.Support().compute(all_samples(apart, view="sketch", visible=0.5))
    assert found.value == pytest.approx(birthday.support_size(1 / (30 * 29 / 2 * 16)))
    assert found.flag.endswith("an order of magnitude")
    assert "1 of 6960 pairs" in found.detail[1]
    with pytest.raises(Unsupported, match="two samples"):
        birthday.Support().compute(all_samples(apart[:1], view="sketch", visible=0.5))


# modes ----------------------------------------------------------------------------------------------------------------


def test_kl_divergence_of_hand_cases():
    law = np.array([0.5, 0.25, 0.25])
    assert modes.kl_divergence(np.array([2, 1, 1]), law) == 0
    assert modes.kl_divergence(np.array([7, 0, 0]), law) == pytest.approx(np.log(2))
    assert modes.kl_divergence(np.array([1, 3, 0]), law) == pytest.approx(0.25 * np.log(0.5) + 0.75 * np.log(3))


def test_a_perfect_sampler_of_1000_modes_has_a_kl_of_999_in_52000():
    """PacGAN's stacked MNIST: 26,000 samples."""
    law = np.full(1000, 1 / 1000)
    draws = stream("kl").multinomial(26_000, law, size=200)
    found = np.mean([modes.kl_divergence(counts, law) for counts in draws])
    assert found == pytest.approx(999 / 52_000, rel=0.02)


def test_the_ring_has_as_many_samples_of_high_quality_as_a_gaussian_within_three_sigma():
    task = get_task("ring8")
    examples = task.examples("test")[:300]
    noise = Noise.for_samples((task.name, task.version), 0, [example.id for example in examples], 20)
    samples = task.draw([example.id for example in examples], 20, noise)
    found = [modes.HighQuality().compute(ConditionSamples(task, e, s, None)) for e, s in zip(examples, samples)]
    shares = condition_means(torch.stack(found).numpy())
    assert shares.shape == (300,)
    exact = 1 - np.exp(-4.5)
    assert exact == pytest.approx(0.9889, abs=1e-4)
    assert abs(shares.mean() - exact) < 4 * (exact * (1 - exact) / 6000) ** 0.5
    kl = modes.LawKl().compute(all_samples(samples, task))
    assert 0 < kl.value < 4 * 7 / 12_000, "four times what is expected of a perfect sampler"
    assert kl.detail[0].endswith("of 6000 samples belong to a mode")
    assert kl.detail[1] == "perfect samples have 0.00059 on average"
    assert modes.LawKl().compute(all_samples(samples.flip(1), task)).value == pytest.approx(kl.value)


def test_law_kl_of_missing_modes_and_of_none():
    from benchbench.tasks.mixtures import Ring8

    task = get_task("ring8")
    four = torch.from_numpy(Ring8.centres()[:4]).float().repeat(40, 5, 1)
    found = modes.LawKl().compute(all_samples(four, task))
    assert found.value == pytest.approx(np.log(2))
    assert found.standard_error == pytest.approx(0, abs=1e-12)
    half = four.clone()
    half[::2, :10] = 9  # outside every mode: they do not count, and the others are as they were
    assert modes.LawKl().compute(all_samples(half, task)).detail[0].startswith("600 of 800 samples")
    nowhere = modes.LawKl().compute(all_samples(torch.full((40, 20, 2), 9.0), task))
    assert nowhere.value == pytest.approx(np.log(8))
    assert nowhere.standard_error is None
    assert nowhere.flag.startswith("none of 800 samples belongs to a mode")


def test_law_kl_refuses_modes_that_a_condition_rules_out():
    modes.LawKl().supports(get_task("ring8"))
    with pytest.raises(Unsupported, match="use law-distance"):
        modes.LawKl().supports(get_task("toy-shapes"))
    with pytest.raises(Unsupported, match="not known"):
        modes.LawKl().supports(get_task("sr-photos"))


# the inception score --------------------------------------------------------------------------------------------------


def test_the_inception_score_of_clear_and_of_blurred_classes():
    from benchbench.metrics.inception_score import am_score, class_probabilities, inception_score

    clear = class_probabilities(1e3 * torch.eye(6).repeat(5, 1))
    assert inception_score(clear) == pytest.approx(6)
    assert inception_score(torch.full((30, 6), 1 / 6).double()) == pytest.approx(1)
    assert inception_score(clear[:1].expand(30, 6)) == pytest.approx(1), "one class"
    assert am_score(clear, clear) == pytest.approx(0)
    assert am_score(torch.full((30, 6), 1 / 6).double(), clear) == pytest.approx(np.log(6))
    half = clear[clear.argmax(1) < 3]
    assert am_score(clear, half) == pytest.approx(np.log(2))


def test_the_inception_score_is_torch_fidelitys():
    from torch_fidelity.metric_isc import isc_features_to_metric

    from benchbench.metrics.inception_score import class_probabilities, inception_score

    logits = torch.randn(90, 12, generator=torch.Generator().manual_seed(3)) * 3
    theirs = isc_features_to_metric(logits, splits=3, shuffle=False)["inception_score_mean"]
    ours = np.mean([inception_score(class_probabilities(part)) for part in logits.split(30)])
    assert ours == pytest.approx(theirs, rel=1e-9)
