"""Each loss against an independent computation in float64, on random tensors."""

import math

import numpy as np
import pytest
import torch
from scipy.special import expit

from benchbench_gans.losses import (
    classes,
    divergences,
    diversity,
    energies,
    hinge,
    kernels,
    logistic,
    squares,
    wasserstein,
)


def both(random, *shape, scale=3.0):
    """Return real and fake values, as float32 and as float64 arrays."""
    tensors = [scale * torch.randn(*shape, generator=random) + shift for shift in (1, -1)]
    return tensors, [tensor.numpy().astype(np.float64) for tensor in tensors]


def test_logistic(random):
    (real, fake), (x, g) = both(random, 40, 1)
    expected = -np.log(expit(x)).mean() - np.log(1 - expit(g)).mean()
    assert logistic.discriminator_loss(real, fake).item() == pytest.approx(expected, rel=1e-5)
    assert logistic.minimax_loss(fake).item() == pytest.approx(np.log(1 - expit(g)).mean(), rel=1e-5)
    assert logistic.non_saturating_loss(fake).item() == pytest.approx(-np.log(expit(g)).mean(), rel=1e-5)


def test_logistic_losses_of_great_logits_are_finite():
    sure = torch.tensor([200.0])
    assert logistic.discriminator_loss(-sure, sure).item() == pytest.approx(400)
    assert logistic.minimax_loss(sure).item() == pytest.approx(-200)
    assert logistic.non_saturating_loss(-sure).item() == pytest.approx(200)


def test_where_the_discriminator_is_sure_only_the_non_saturating_loss_is_steep():
    slopes = {}
    for loss in (logistic.minimax_loss, logistic.non_saturating_loss):
        fake = torch.tensor([-8.0], requires_grad=True)
        slopes[loss] = torch.autograd.grad(loss(fake), fake)[0].item()
    assert slopes[logistic.minimax_loss] == pytest.approx(-expit(-8), rel=1e-4)
    assert slopes[logistic.non_saturating_loss] == pytest.approx(-expit(8), rel=1e-4)


def test_squares(random):
    (real, fake), (x, g) = both(random, 40, 1)
    expected = ((x - 1) ** 2).mean() / 2 + (g**2).mean() / 2
    assert squares.discriminator_loss(real, fake).item() == pytest.approx(expected, rel=1e-5)
    assert squares.generator_loss(fake).item() == pytest.approx(((g - 1) ** 2).mean() / 2, rel=1e-5)


def test_wasserstein_and_hinge(random):
    (real, fake), (x, g) = both(random, 40, 1)
    assert wasserstein.critic_loss(real, fake).item() == pytest.approx(g.mean() - x.mean(), rel=1e-5)
    assert wasserstein.generator_loss(fake).item() == pytest.approx(-g.mean(), rel=1e-5)
    expected = np.maximum(0, 1 - x).mean() + np.maximum(0, 1 + g).mean()
    assert hinge.discriminator_loss(real, fake).item() == pytest.approx(expected, rel=1e-5)
    assert hinge.generator_loss(fake).item() == pytest.approx(-g.mean(), rel=1e-5)


@pytest.mark.parametrize(
    ("name", "exponent"),
    [
        ("rational-quadratic", lambda d: sum((1 + d / (2 * a)) ** -a for a in (0.2, 0.5, 1, 2, 5))),
        ("gaussian", lambda d: sum(math.exp(-d / (2 * s * s)) for s in (1, 2, 4, 8, 16))),
    ],
)
def test_discrepancy_and_witness(name, exponent, random):
    (real, fake), (x, g) = both(random, 7, 3, scale=1.0)
    fake, g = fake[:5], g[:5]

    def k(a, b):
        return exponent(float(((a - b) ** 2).sum()))

    def within(s):
        return sum(k(s[i], s[j]) for i in range(len(s)) for j in range(len(s)) if i != j) / (len(s) * (len(s) - 1))

    across = sum(k(a, b) for a in x for b in g) / (len(x) * len(g))
    found = kernels.squared_discrepancy(kernels.KERNELS[name], real, fake)
    assert found.item() == pytest.approx(within(x) + within(g) - 2 * across, rel=1e-4)
    point = torch.zeros(1, 3)
    expected = sum(k(np.zeros(3), a) for a in x) / len(x) - sum(k(np.zeros(3), a) for a in g) / len(g)
    found = kernels.witness(kernels.KERNELS[name], point, real, fake)
    assert found.item() == pytest.approx(expected, rel=1e-4)


def test_the_discrepancy_of_one_law_is_none_on_average(random):
    drawn = [torch.randn(2, 20, 2, generator=random) for _ in range(400)]
    found = torch.stack([kernels.squared_discrepancy(kernels.gaussian, *pair) for pair in drawn])
    assert abs(found.mean()) < 3 * found.std() / 20
    assert (found < 0).any()


def test_energies(random):
    (samples, made), (x, r) = both(random, 6, 3, 4, 4, scale=0.3)
    assert np.allclose(energies.squared_energy(samples, made), ((r - x) ** 2).mean((1, 2, 3)), rtol=1e-5)
    assert np.allclose(energies.absolute_energy(samples, made), np.abs(r - x).mean((1, 2, 3)), rtol=1e-5)
    real, fake = torch.rand(6, generator=random), 2 * torch.rand(6, generator=random)
    expected = real.double().mean() + (0.9 - fake.double()).clamp(min=0).mean()
    assert energies.margin_loss(real, fake, 0.9).item() == pytest.approx(expected.item(), rel=1e-5)


def test_a_fake_above_the_margin_pulls_no_longer():
    fake = torch.tensor([0.5, 2.0], requires_grad=True)
    (slopes,) = torch.autograd.grad(energies.margin_loss(torch.zeros(2), fake, 1.0), fake)
    assert slopes.tolist() == [-0.5, 0]


def test_pulling_away_by_hand():
    """Cosines of (1,0), (1,1), (0,-2): √½, 0 and -√½; the mean of their squares is (½ + 0 + ½) / 3."""
    codes = torch.tensor([[1.0, 0.0], [1.0, 1.0], [0.0, -2.0]])
    assert energies.pulling_away(codes).item() == pytest.approx(1 / 3)
    assert energies.pulling_away(torch.eye(4)).item() == pytest.approx(0)
    assert energies.pulling_away(torch.tensor([[1.0, 2.0], [-2.0, -4.0]])).item() == pytest.approx(1)


def test_pulling_away(random):
    codes = torch.randn(9, 5, generator=random)
    s = codes.numpy().astype(np.float64)
    terms = [
        (s[i] @ s[j] / np.linalg.norm(s[i]) / np.linalg.norm(s[j])) ** 2 for i in range(9) for j in range(9) if i != j
    ]
    assert energies.pulling_away(codes).item() == pytest.approx(np.mean(terms), rel=1e-5)
    assert energies.pulling_away(codes.reshape(9, 5, 1, 1)).item() == pytest.approx(np.mean(terms), rel=1e-5)


def test_equilibrium():
    real, fake, k = torch.tensor([0.2, 0.4]), torch.tensor([0.1, 0.3]), torch.tensor(0.5)
    assert energies.equilibrium_loss(real, fake, k).item() == pytest.approx(0.3 - 0.5 * 0.2)
    mean_real, mean_fake = real.mean(), fake.mean()
    assert energies.next_k(k, mean_real, mean_fake, 0.5, 0.1).item() == pytest.approx(0.5 + 0.1 * (0.15 - 0.2))
    assert energies.convergence(mean_real, mean_fake, 0.5).item() == pytest.approx(0.3 + 0.05)


@pytest.mark.parametrize(("start", "real", "fake", "expected"), [(0.9, 8.0, 0.0, 1.0), (0.1, 0.0, 8.0, 0.0)])
def test_k_is_held_in_its_range(start, real, fake, expected):
    found = energies.next_k(torch.tensor(start), torch.tensor(real), torch.tensor(fake), 0.5, 0.1)
    assert found.item() == expected


def test_classes(random):
    logits, labels = torch.randn(8, 4, generator=random), torch.arange(8) % 4
    z = logits.numpy().astype(np.float64)
    expected = np.mean([np.log(np.exp(row).sum()) - row[label] for row, label in zip(z, labels.tolist())])
    assert classes.class_loss(logits, labels).item() == pytest.approx(expected, rel=1e-5)


def test_mode_seeking(random):
    (one, other), (a, b) = both(random, 6, 3, 2, 2)
    (noise, others), (u, v) = both(random, 6, 5)
    expected = 1 / (np.abs(a - b).mean() / np.abs(u - v).mean() + 1e-5)
    assert diversity.mode_seeking_loss(one, other, noise, others).item() == pytest.approx(expected, rel=1e-5)
    assert diversity.mode_seeking_loss(one, one, noise, others).item() == pytest.approx(1e5, rel=1e-5)


F = {
    "kl": lambda u: u * np.log(u),
    "reverse-kl": lambda u: -np.log(u),
    "pearson": lambda u: (u - 1) ** 2,
    "squared-hellinger": lambda u: (np.sqrt(u) - 1) ** 2,
    "jensen-shannon": lambda u: -(u + 1) * np.log((1 + u) / 2) + u * np.log(u),
    "gan": lambda u: u * np.log(u) - (u + 1) * np.log(u + 1),
}
"""The generator functions of the paper's table, whose conjugates are to be found."""


@pytest.mark.parametrize("name", F)
def test_a_conjugate_is_the_greatest_difference(name):
    """f*(t) = sup over u > 0 of ut - f(u), at what the activation gives of a range of outputs."""
    divergence = divergences.DIVERGENCES[name]
    outputs = torch.linspace(-1.5, 1.5, 13, dtype=torch.float64)
    u = np.geomspace(1e-6, 1e4, 2_000_001)
    f = F[name](u)
    for v in outputs:
        t = divergence.activation(v)
        expected = (u * t.item() - f).max()
        if name == "pearson":  # whose f is defined for all u; the least one is negative where t < -2
            assert t > -2
        assert divergence.conjugate(t).item() == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("name", F)
def test_the_stable_form_is_the_conjugate_of_the_activation(name):
    divergence = divergences.DIVERGENCES[name]
    outputs = torch.linspace(-4, 4, 33, dtype=torch.float64)
    expected = divergence.conjugate(divergence.activation(outputs))
    assert torch.allclose(divergence.conjugate_of_output(outputs), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", F)
def test_the_losses_of_a_divergence(name, random):
    (real, fake), _ = both(random, 30, 1, scale=1.0)
    divergence = divergences.DIVERGENCES[name]
    g, conjugate = divergence.activation, divergence.conjugate
    bound = g(real.double()).mean() - conjugate(g(fake.double())).mean()
    found = divergences.discriminator_loss(divergence, real, fake)
    assert found.item() == pytest.approx(-bound.item(), rel=1e-4)
    expected = -conjugate(g(fake.double())).mean()
    assert divergences.bound_loss(divergence, fake).item() == pytest.approx(expected.item(), rel=1e-4)
    expected = -g(fake.double()).mean()
    assert divergences.non_saturating_loss(divergence, fake).item() == pytest.approx(expected.item(), rel=1e-4)


@pytest.mark.parametrize("name", F)
def test_the_bound_is_the_divergence_where_the_discriminator_is_best(name):
    """For two laws on three points the greatest bound is Σ q f(p / q)."""
    p, q = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.3, 0.5])
    divergence = divergences.DIVERGENCES[name]
    values = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([values], max_iter=300, tolerance_grad=1e-12, tolerance_change=1e-14)

    def loss():
        optimizer.zero_grad()
        real = (torch.tensor(p) * divergence.activation(values)).sum()
        total = (torch.tensor(q) * divergence.conjugate_of_output(values)).sum() - real
        total.backward()
        return total

    optimizer.step(loss)
    assert -loss().item() == pytest.approx((q * F[name](p / q)).sum(), abs=1e-6)
