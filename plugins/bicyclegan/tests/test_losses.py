"""Each loss against its formula in numpy, in float64."""

import numpy as np
import pytest
import torch

from benchbench_bicyclegan import losses


def drawn(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def tensor(array):
    return torch.tensor(array, dtype=torch.float32)


def test_least_squares_over_both_scales():
    real = [drawn(2, 1, 5, 5), drawn(2, 1, 3, 3, seed=1)]
    fake = [drawn(2, 1, 5, 5, seed=2), drawn(2, 1, 3, 3, seed=3)]
    expected = sum(((r - 1) ** 2).mean() + (f**2).mean() for r, f in zip(real, fake))
    found = losses.discriminator_loss([tensor(r) for r in real], [tensor(f) for f in fake])
    assert found.item() == pytest.approx(expected, rel=1e-6)
    expected = sum(((f - 1) ** 2).mean() for f in fake)
    assert losses.adversarial_loss([tensor(f) for f in fake]).item() == pytest.approx(expected, rel=1e-6)


def test_a_discriminator_that_knows_nothing_has_a_loss_of_a_half_a_scale():
    half = [torch.full((1, 1, 4, 4), 0.5), torch.full((1, 1, 2, 2), 0.5)]
    assert losses.discriminator_loss(half, half).item() == pytest.approx(1.0)
    assert losses.adversarial_loss(half).item() == pytest.approx(0.5)


def test_reconstruction_and_latent_regression_are_mean_absolute_errors():
    a, b = drawn(2, 3, 4, 4), drawn(2, 3, 4, 4, seed=1)
    expected = pytest.approx(np.abs(a - b).mean(), rel=1e-6)
    assert losses.reconstruction_loss(tensor(a), tensor(b)).item() == expected
    a, b = drawn(5, 8), drawn(5, 8, seed=1)
    assert losses.latent_loss(tensor(a), tensor(b)).item() == pytest.approx(np.abs(a - b).mean(), rel=1e-6)


def test_the_divergence_is_its_formula():
    mean, log_variance = drawn(4, 8), drawn(4, 8, seed=1)
    each = (mean**2 + np.exp(log_variance) - 1 - log_variance) / 2
    found = losses.kl_loss(tensor(mean), tensor(log_variance)).item()
    assert found == pytest.approx(each.sum() / 4, rel=1e-6)
    # one image a path, as in the paper: then the mean over the batch is the sum over it
    assert losses.kl_loss(tensor(mean[:1]), tensor(log_variance[:1])).item() == pytest.approx(each[0].sum(), rel=1e-6)


def test_the_divergence_is_that_of_torch():
    mean, log_variance = tensor(drawn(4, 8)), tensor(drawn(4, 8, seed=1))
    law = torch.distributions.Normal(mean, (log_variance / 2).exp())
    standard = torch.distributions.Normal(torch.zeros(4, 8), torch.ones(4, 8))
    expected = torch.distributions.kl_divergence(law, standard).sum(1).mean().item()
    assert losses.kl_loss(mean, log_variance).item() == pytest.approx(expected, rel=1e-5)
    assert losses.kl_loss(torch.zeros(3, 8), torch.zeros(3, 8)).item() == 0
