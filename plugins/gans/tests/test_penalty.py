"""The gradient penalty against functions whose slope is known."""

import pytest
import torch

from benchbench_gans.losses.wasserstein import between, gradient_norms, gradient_penalty
from benchbench_gans.objectives import OfValues, Seen


def test_of_a_linear_function(random):
    slope = torch.tensor([3.0, -4.0])
    points = torch.randn(6, 2, generator=random)
    assert torch.allclose(gradient_norms(lambda x: x @ slope, points), torch.full((6,), 5.0))
    assert gradient_penalty(lambda x: x @ slope, points).item() == pytest.approx(16)


def test_of_a_square(random):
    """The gradient of ‖x‖² / 2 is x, whatever the shape of x."""
    points = torch.randn(5, 3, 4, 4, generator=random)
    found = gradient_norms(lambda x: x.square().flatten(1).sum(1, keepdim=True) / 2, points)
    assert torch.allclose(found, points.flatten(1).norm(dim=1))


def test_the_penalty_can_be_descended():
    """Of D(x) = w x the penalty is (|w| - 1)², and its slope 2 (|w| - 1) sign w."""
    weight = torch.tensor(-3.0, requires_grad=True)
    penalty = gradient_penalty(lambda x: weight * x[:, 0], torch.ones(4, 1))
    assert torch.autograd.grad(penalty, weight)[0].item() == pytest.approx(-4)


def test_a_function_without_slope_has_a_finite_penalty():
    weight = torch.zeros((), requires_grad=True)
    penalty = gradient_penalty(lambda x: weight * x[:, 0], torch.ones(4, 1))
    assert penalty.item() == pytest.approx(1, abs=1e-5)
    assert torch.isfinite(torch.autograd.grad(penalty, weight)[0])


def test_places_between():
    real, fake = torch.ones(3, 2, 1), torch.zeros(3, 2, 1)
    found = between(real, fake, torch.tensor([0.0, 0.25, 1.0]))
    assert found[:, :, 0].tolist() == [[0, 0], [0.25, 0.25], [1, 1]]


def test_the_objective_adds_it_with_its_weight(random):
    real, fake = (Seen(torch.randn(4, 2, generator=random)) for _ in range(2))
    places = torch.rand(4, generator=random)
    objective = OfValues(lambda x, g: (g - x).mean(), lambda g: g.mean(), penalty_weight=10)
    terms = objective.judging(lambda x, labels: 3 * x[:, :1], real, fake, places)
    expected = 3 * (fake.samples - real.samples)[:, 0].mean() + 10 * (3 - 1) ** 2
    assert terms.total.item() == pytest.approx(expected.item(), rel=1e-5)
    assert terms.shown["gradient_penalty"].item() == pytest.approx(4)
