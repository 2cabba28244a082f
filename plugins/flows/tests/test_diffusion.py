"""Diffusion of a Gaussian, whose derivative is linear: the chain is linear too, and its law follows without a draw."""

import math

import pytest
import torch

from benchbench_flows import diffusion
from benchbench_flows.angles import cosine, sine

MEAN, STD = 0.7, 0.4


def exact(x, angle):
    """E[cos(a) y - sin(a) z | x] for y ~ N(MEAN, STD^2)."""
    s, c = sine(angle), cosine(angle)
    gain = s * c * (STD**2 - 1) / (s**2 * STD**2 + c**2)
    return c * MEAN + gain * (x - s * MEAN)


def law(steps, eta):
    """Mean and standard deviation of the chain's end: it is run once on zeros, and once on each unit of noise."""
    number = steps if eta else 1
    noise = torch.cat([torch.zeros(1, number), torch.eye(number)]).double()
    end = diffusion.sample(exact, list(noise.T), diffusion.grid(steps), eta)
    return end[0].item(), (end[1:] - end[0]).square().sum().sqrt().item()


@pytest.mark.parametrize("eta", [0.0, 0.5, 1.0])
def test_a_thousand_steps_give_mean_and_variance_of_a_gaussian(eta):
    mean, std = law(1000, eta)
    assert mean == pytest.approx(MEAN, rel=0.01)
    assert std**2 == pytest.approx(STD**2, rel=0.01)


@pytest.mark.parametrize("eta", [0.0, 1.0])
def test_more_steps_come_nearer(eta):
    errors = [abs(law(steps, eta)[1] - STD) for steps in (10, 40, 160)]
    assert errors[0] > errors[1] > errors[2]


def test_with_eta_1_a_step_adds_the_posterior_s_noise():
    """The variance is beta (1 - abar') / (1 - abar) of DDPM, with abar = sin^2 and beta = 1 - abar / abar'."""
    for a, b in ((0.1, 0.15), (0.5, 0.9)):
        angle, following = torch.tensor(a, dtype=torch.float64), torch.tensor(b, dtype=torch.float64)
        noisy, clean = math.sin(a * math.pi / 2) ** 2, math.sin(b * math.pi / 2) ** 2
        expected = (1 - noisy / clean) * (1 - clean) / (1 - noisy)
        assert diffusion.spread(angle, following, 1.0).item() ** 2 == pytest.approx(expected)


def test_the_loss_is_least_at_the_conditional_mean():
    random = torch.Generator().manual_seed(0)
    z, y = torch.randn(2, 400_000, generator=random, dtype=torch.float64)
    y = MEAN + STD * y
    angle = torch.full_like(z, 0.4)
    x = diffusion.noised(z, y, angle)
    found = exact(x, angle)
    best = diffusion.squared_error(found, z, y, angle).mean()
    for other in (found + 0.05, found * 1.05, found + 0.05 * x):
        assert diffusion.squared_error(other, z, y, angle).mean() > best


def test_the_end_is_an_image_for_one_step_too():
    noise = torch.randn(5, dtype=torch.float64)
    found = diffusion.sample(exact, [noise], diffusion.grid(1), 1.0)
    torch.testing.assert_close(found, torch.full_like(found, MEAN))  # the mean: one step knows no more
