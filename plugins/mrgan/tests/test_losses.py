"""Every loss against numpy in float64: values, and gradients by formulas that are written out here; Laplace draws."""

import numpy as np
import pytest
import torch
from benchbench import BenchbenchError

from benchbench_mrgan import losses
from benchbench_mrgan.predictor import laplace

EPSILON = 1e-9
FAMILIES = ("gaussian", "laplace")
VARIANTS = [(family, proxy, moments) for family in FAMILIES for proxy in (False, True) for moments in (1, 2)]
variants = pytest.mark.parametrize(("family", "proxy", "moments"), VARIANTS)


def given(num_samples, seed=0):
    """Return samples `[4, K, 3, 5, 5]`, truths and predicted centres and log-dispersions `[4, 3, 5, 5]`, and a mask."""
    random = np.random.default_rng(seed)
    shape = (4, 3, 5, 5)
    samples = random.normal(size=(4, num_samples, *shape[1:]))
    mask = (random.random((4, 1, 5, 5)) < 0.4).astype(float)
    return samples, random.normal(size=shape), random.normal(size=shape), random.normal(size=shape), mask


def center_and_slope(samples, family):
    """Return the first moment and its derivative by each sample, that of the median by the trick of the paper."""
    num_samples = samples.shape[1]
    center = samples.mean(1) if family == "gaussian" else np.sort(samples, 1)[:, (num_samples - 1) // 2]
    return center, np.full_like(samples, 1 / num_samples)


def spread_and_slope(samples, family):
    """Return the second moment and its derivative by each sample."""
    num_samples = samples.shape[1]
    center = center_and_slope(samples, family)[0][:, None]
    if family == "gaussian":
        spread = np.square(samples - center).sum(1) / (num_samples - 1)
        return spread, 2 * (samples - center) / (num_samples - 1)
    signs = np.sign(samples - center)
    slope = (signs - (samples == center) * signs.sum(1, keepdims=True)) / num_samples
    return np.abs(samples - center).sum(1) / num_samples, slope


def expected(samples, truth, predicted, log_spread, family, proxy, moments, weights, min_noise, mask):
    """Return the weighted loss and its gradient."""
    over = truth.size if mask is None else mask.sum()
    shown = np.ones_like(truth) if mask is None else np.broadcast_to(mask, truth.shape)
    center, center_slope = center_and_slope(samples, family)
    spread, spread_slope = spread_and_slope(samples, family)
    first, second = weights
    if proxy:
        target = np.exp(log_spread)
        second = second if moments == 2 else 0
        terms = first * (center - predicted) ** 2 + second * (spread - target) ** 2
        by_center, by_spread = 2 * first * (center - predicted), 2 * second * (spread - target)
    else:
        error = center - truth
        size = error**2 if family == "gaussian" else np.abs(error)
        by_size = 2 * error if family == "gaussian" else np.sign(error)
        if moments == 1:
            terms, by_center, by_spread = first * size, first * by_size, np.zeros_like(spread)
        else:
            half = first * (0.5 if family == "gaussian" else 1)
            terms = half * ((size + min_noise) / (spread + EPSILON) + np.log(spread + EPSILON))
            by_center = half * by_size / (spread + EPSILON)
            by_spread = half * (1 / (spread + EPSILON) - (size + min_noise) / (spread + EPSILON) ** 2)
    by_center, by_spread = (by_center * shown)[:, None], (by_spread * shown)[:, None]
    return (terms * shown).sum() / over, (by_center * center_slope + by_spread * spread_slope) / over


def computed(samples, truth, predicted, log_spread, family, proxy, moments, weights, min_noise, mask):
    """Return the weighted loss and its gradient by the plugin, in float64."""
    drawn = torch.tensor(samples, requires_grad=True)
    truth, predicted, log_spread = map(torch.tensor, (truth, predicted, log_spread))
    hole = None if mask is None else torch.tensor(mask)
    if proxy:
        errors = losses.proxy_errors(drawn, predicted, log_spread, family, moments, hole)
        assert len(errors) == moments
        loss = sum(weight * error for weight, error in zip(weights, errors))
    else:
        loss = weights[0] * losses.moment_reconstruction(drawn, truth, family, moments, min_noise, hole)
    loss.backward()
    return loss.item(), drawn.grad.numpy()


@variants
@pytest.mark.parametrize("num_samples", [2, 7, 12])
@pytest.mark.parametrize("masked", [False, True])
def test_all_eight_variants_are_their_formulas(family, proxy, moments, num_samples, masked):
    samples, truth, predicted, log_spread, mask = given(num_samples)
    words = (truth, predicted, log_spread, family, proxy, moments, (3.0, 0.7), 0.01, mask if masked else None)
    value, gradient = computed(samples, *words)
    known, slope = expected(samples, *words)
    assert value == pytest.approx(known, rel=1e-10)
    np.testing.assert_allclose(gradient, slope, rtol=1e-8, atol=1e-12)
    assert np.abs(slope).max() > 1e-4


@pytest.mark.parametrize(("proxy", "moments"), [(False, 1), (False, 2), (True, 1), (True, 2)])
def test_gaussian_gradients_are_the_differences_of_values(proxy, moments):
    samples, *rest, _ = given(4)
    words = (*rest, "gaussian", proxy, moments, (3.0, 0.7), 0.01, None)
    _, gradient = computed(samples, *words)
    direction = np.random.default_rng(1).normal(size=samples.shape)
    ahead, behind = (computed(samples + h * direction, *words)[0] for h in (1e-5, -1e-5))
    assert (ahead - behind) / 2e-5 == pytest.approx((gradient * direction).sum(), rel=1e-5)


@pytest.mark.parametrize("proxy", [False, True])
@pytest.mark.parametrize("family", FAMILIES)
def test_a_first_moment_reaches_every_sample_alike(family, proxy):
    samples, *rest, _ = given(9)
    _, gradient = computed(samples, *rest, family, proxy, 1, (1.0, 0.0), 0.0, None)
    assert (gradient == gradient[:, :1]).all()
    assert (gradient != 0).all()


def test_the_median_is_the_lower_middle_sample():
    samples = torch.tensor([[4.0, 1.0, 3.0, 2.0], [0.0, 0.0, 5.0, 1.0]])[:, :, None]
    assert losses.sample_median(samples).flatten().tolist() == [2, 0]
    assert losses.sample_median(samples).equal(samples.median(1).values)
    assert losses.laplace_moments(samples)[1].flatten().tolist() == [1, 1.5]
    assert losses.spread_gradient(losses.sample_median(samples), samples).flatten().tolist() == [2, 0]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("masked", [False, True])
def test_the_predictors_loss_is_its_formula(family, masked):
    _, truth, center, log_spread, mask = given(2)
    mean = torch.tensor(center, requires_grad=True)
    log = torch.tensor(log_spread, requires_grad=True)
    hole = torch.tensor(mask) if masked else None
    loss = losses.predictor_loss(mean, log, torch.tensor(truth), family, 0.02, hole)
    loss.backward()
    over, shown = (mask.sum(), np.broadcast_to(mask, truth.shape)) if masked else (truth.size, np.ones_like(truth))
    spread, error = np.exp(log_spread), center - truth
    size = error**2 if family == "gaussian" else np.abs(error)
    half = 0.5 if family == "gaussian" else 1.0
    by_size = 2 * error if family == "gaussian" else np.sign(error)
    terms = half * ((size + 0.02) / (spread + EPSILON) + log_spread)
    assert loss.item() == pytest.approx((terms * shown).sum() / over, rel=1e-12)
    by_center = half * by_size / (spread + EPSILON) * shown / over
    by_log = half * (1 - (size + 0.02) * spread / (spread + EPSILON) ** 2) * shown / over
    np.testing.assert_allclose(mean.grad.numpy(), by_center, rtol=1e-9, atol=1e-14)
    np.testing.assert_allclose(log.grad.numpy(), by_log, rtol=1e-9, atol=1e-14)


def test_the_predictor_is_right_where_its_loss_is_least():
    """Over many truths of one condition the best variance is theirs plus c, the best deviation theirs plus c."""
    random = np.random.default_rng(0)
    truth = torch.tensor(random.normal(0.3, 1.5, size=(4000, 1)))
    for family, spread in (("gaussian", truth.var(correction=0)), ("laplace", (truth - truth.median()).abs().mean())):
        center = truth.mean() if family == "gaussian" else truth.median()
        log = torch.log(spread + 0.05).clone().requires_grad_(True)
        losses.predictor_loss(center.expand_as(truth), log.expand_as(truth), truth, family, 0.05).backward()
        assert log.grad.abs() < 1e-6


def test_reconstruction_is_the_plain_mean_over_the_whole_image():
    """A loop in float64: also where there is a hole, for the authors' baseline does not divide by its pixels."""
    samples, truth = given(3)[:2]
    absolute = square = 0.0
    for n, k, c, y, x in np.ndindex(samples.shape):
        away = float(samples[n, k, c, y, x]) - float(truth[n, c, y, x])
        absolute += abs(away) / samples.size
        square += away**2 / samples.size
    words = torch.tensor(samples), torch.tensor(truth)
    assert losses.absolute_error(*words).item() == pytest.approx(absolute)
    assert losses.squared_error(*words).item() == pytest.approx(square)


def test_gan_losses_are_cross_entropies():
    random = np.random.default_rng(0)
    real, fake = random.normal(size=(2, 6, 4)) * 3
    sigmoid = lambda logits: 1 / (1 + np.exp(-logits))  # noqa: E731
    discriminator = -(np.log(sigmoid(real)).mean() + np.log(1 - sigmoid(fake)).mean()) / 2
    assert losses.discriminator_loss(torch.tensor(real), torch.tensor(fake)).item() == pytest.approx(discriminator)
    assert losses.adversarial_loss(torch.tensor(fake)).item() == pytest.approx(-np.log(sigmoid(fake)).mean())
    far = torch.tensor([200.0])
    assert losses.discriminator_loss(far, -far).item() == 0
    assert losses.adversarial_loss(-far).item() == 200


def test_one_sample_has_no_variance():
    one = torch.zeros(2, 1, 3)
    assert losses.moment_reconstruction(one, torch.ones(2, 3), "gaussian", 1).item() == 1
    with pytest.raises(BenchbenchError, match="num_samples must be 2 or more"):
        losses.moment_reconstruction(one, torch.ones(2, 3), "gaussian", 2)


def test_laplace_draws_have_their_moments():
    drawn = laplace(torch.randn(200_000, generator=torch.Generator().manual_seed(0), dtype=torch.float64))
    assert drawn.abs().mean() == pytest.approx(1, abs=0.01)
    assert drawn.var() == pytest.approx(2, abs=0.05)
    assert (drawn < -1).double().mean() == pytest.approx(0.5 * 2.718281828**-1, abs=0.003)
