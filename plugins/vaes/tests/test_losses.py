"""Each loss against an independent computation in float64, on random tensors."""

import math

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.stats import norm

from benchbench_vaes.losses import balance, errors, introspection, ratios
from benchbench_vaes.losses.normal import Law, divergence, drawn


def values(random, *shape):
    tensor = torch.randn(*shape, generator=random)
    return tensor, tensor.numpy().astype(np.float64)


def test_the_divergence_of_a_normal_law_is_its_integral():
    mean, deviation = 0.7, 0.4
    p, q = norm(0, 1), norm(mean, deviation)
    expected, _ = quad(lambda z: q.pdf(z) * (q.logpdf(z) - p.logpdf(z)), mean - 12 * deviation, mean + 12 * deviation)
    law = Law(torch.tensor([[mean]]), torch.tensor([[2 * math.log(deviation)]]))
    assert divergence(law).item() == pytest.approx(expected, rel=1e-5)


def test_the_divergence_is_a_sum_over_dimensions(random):
    (mean, m), (log_variance, v) = values(random, 5, 3), values(random, 5, 3)
    expected = ((m**2 + np.exp(v) - 1 - v) / 2).sum(1)
    assert np.allclose(divergence(Law(mean, log_variance)), expected, rtol=1e-5)
    assert torch.equal(divergence(Law(torch.zeros(2, 3), torch.zeros(2, 3))), torch.zeros(2))


def test_codes_have_mean_and_deviation_of_their_law(random):
    (mean, m), (log_variance, v), (deviations, e) = (values(random, 4, 3) for _ in range(3))
    assert np.allclose(drawn(Law(mean, log_variance), deviations), m + np.exp(v / 2) * e, rtol=1e-5, atol=1e-6)
    assert drawn(Law(mean, None), deviations) is mean


def test_errors(random):
    (samples, x), (made, r) = values(random, 6, 3, 4, 4), values(random, 6, 3, 4, 4)
    assert np.allclose(errors.squared_error(samples, made), ((x - r) ** 2).sum((1, 2, 3)) / 2, rtol=1e-5)
    other = ((x - r) ** 2).sum((1, 2, 3)) / (2 * 0.3**2)
    assert np.allclose(errors.squared_error(samples, made, 0.3), other, rtol=1e-5)
    (codes, z), (found, f) = values(random, 6, 5), values(random, 6, 5)
    assert np.allclose(errors.latent_distance(codes, found), ((z - f) ** 2).sum(1), rtol=1e-5)


def test_the_squared_error_is_minus_a_log_likelihood_but_for_a_constant(random):
    (samples, x), (made, r) = values(random, 4, 6), values(random, 4, 6)
    expected = -norm(r, 0.3).logpdf(x).sum(1) - 6 * (math.log(0.3) + math.log(2 * math.pi) / 2)
    assert np.allclose(errors.squared_error(samples, made, 0.3), expected, rtol=1e-5)


def test_the_bernoulli_error(random):
    samples, made = (2 * torch.rand(4, 3, 2, 2, generator=random) - 1 for _ in range(2))
    x, p = ((tensor.numpy().astype(np.float64) + 1) / 2 for tensor in (samples, made))
    expected = -(x * np.log(p) + (1 - x) * np.log(1 - p)).sum((1, 2, 3))
    assert np.allclose(errors.bernoulli_error(samples, made), expected, rtol=1e-4)
    certain = torch.tensor([[-1.0, 1.0]])
    assert errors.bernoulli_error(certain, certain).item() == pytest.approx(0, abs=1e-4)
    assert torch.isfinite(errors.bernoulli_error(certain, -certain)).all()


def test_the_best_classifier_estimates_the_divergence(random):
    """Of q = N(0.7, 0.4²) and p = N(0, 1) it has the logit log p(z) - log q(z)."""
    law = Law(torch.tensor([[0.7]]), torch.tensor([[2 * math.log(0.4)]]))
    codes = drawn(law, torch.randn(200_000, 1, generator=random, dtype=torch.float64))
    logits = torch.from_numpy(norm(0, 1).logpdf(codes) - norm(0.7, 0.4).logpdf(codes))
    assert ratios.estimated_divergence(logits).item() == pytest.approx(divergence(law).item(), rel=0.01)


def test_a_trained_classifier_has_the_log_ratio_as_logit(random):
    """The log ratio of N(0, 1) and N(1, 1) is ½ - z: a logit a + b z learns a = ½, b = -1."""
    from benchbench_gans.losses import logistic

    noise = torch.randn(2, 100_000, generator=random)
    prior, codes = noise[0], noise[1] + 1
    weights = torch.zeros(2, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=50)

    def loss():
        optimizer.zero_grad()
        found = logistic.discriminator_loss(weights[0] + weights[1] * prior, weights[0] + weights[1] * codes)
        found.backward()
        return found

    optimizer.step(loss)
    assert weights.tolist() == pytest.approx([0.5, -1], abs=0.02)
    assert ratios.estimated_divergence(weights[0] + weights[1] * codes).item() == pytest.approx(0.5, abs=0.02)


def test_the_losses_of_introspection(random):
    kl = [20 * torch.rand(7, generator=random) for _ in range(3)]
    real, first, second = (each.numpy().astype(np.float64) for each in kl)
    hinges = [np.maximum(0, 12 - each).mean() for each in (first, second)]
    found = introspection.encoder_loss(kl[0], kl[1:], torch.tensor(3.0), 12.0, 0.25)
    assert found.item() == pytest.approx(real.mean() + 0.25 * sum(hinges) + 3, rel=1e-5)
    found = introspection.generator_loss(kl[1:], torch.tensor(3.0), 0.25)
    assert found.item() == pytest.approx(0.25 * (first.mean() + second.mean()) + 3, rel=1e-5)


def test_a_divergence_above_the_margin_pulls_no_longer():
    divergences = torch.tensor([5.0, 20.0], requires_grad=True)
    (slopes,) = torch.autograd.grad(introspection.margin_loss(12.0, divergences), divergences)
    assert slopes.tolist() == [-0.5, 0]


@pytest.mark.parametrize(
    ("real", "fake", "expected"),
    [
        (0.7, 0.7, (True, True)),
        (0.1, 0.7, (True, False)),
        (0.7, 0.1, (True, False)),
        (1.2, 0.7, (False, True)),
        (0.7, 1.2, (False, True)),
        (0.1, 1.2, (True, True)),
    ],
)
def test_who_moves(real, fake, expected):
    """The judge rests below 0.33, the decoder above 1.03, and never both."""
    found = balance.moves(torch.tensor(real), torch.tensor(fake))
    assert tuple(bool(each) for each in found) == expected
