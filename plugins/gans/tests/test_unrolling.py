"""Unrolling against explicit differentiation through the updates, and the step sizes against the optimizers."""

import functools

import pytest
import torch
from torch import nn

from benchbench_gans import unrolling
from benchbench_gans.losses import squares
from benchbench_gans.objectives import OfValues, Seen


class Scale(nn.Module):
    """D(x) = w x."""

    def __init__(self, weight):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(weight, dtype=torch.float64))

    def forward(self, samples, labels=None):
        return self.weight * samples


def loss_of(objective, real, fake):
    return lambda judge: objective.judging(judge, Seen(real), Seen(fake), torch.zeros(len(real)))


def held(size):
    """Return what gives this step size for all slopes."""
    return lambda slopes: [size]


@pytest.mark.parametrize("updates", [0, 1, 3])
def test_against_explicit_differentiation(updates):
    """L_D = ½ (w - 1)² + ½ (w g)² of x = 1 and one fake g: w' = w - η ((w - 1) + w g²), L_G = ½ (w' g - 1)²."""
    judge, rate = Scale(0.7), 0.1
    objective = OfValues(squares.discriminator_loss, squares.generator_loss)
    fake = torch.tensor([[0.4]], dtype=torch.float64, requires_grad=True)
    real = torch.ones(1, 1, dtype=torch.float64)
    sizes = held(torch.tensor(rate, dtype=torch.float64))
    weights = unrolling.unrolled(judge, loss_of(objective, real, fake), sizes, updates, objective)
    total = objective.generating(unrolling.judge_with(judge, weights), Seen(real), Seen(fake)).total
    (found,) = torch.autograd.grad(total, fake)

    w, slope = 0.7, 0.0  # w and dw/dg, by the chain rule
    g = 0.4
    for _ in range(updates):
        w, slope = w - rate * ((w - 1) + w * g**2), slope - rate * (slope + slope * g**2 + 2 * w * g)
    assert weights["weight"].item() == pytest.approx(w, rel=1e-6)
    assert found.item() == pytest.approx((w * g - 1) * (w + slope * g), rel=1e-5)
    assert judge.weight.grad is None
    assert judge.weight.item() == 0.7


def test_looking_ahead_changes_the_gradient_and_not_only_the_loss():
    """The term through dw/dg is there: without it the slope would be that of w' held fixed."""
    judge = Scale(0.7)
    objective = OfValues(squares.discriminator_loss, squares.generator_loss)
    fake, real = torch.tensor([[0.4]], dtype=torch.float64, requires_grad=True), torch.ones(1, 1, dtype=torch.float64)
    weights = unrolling.unrolled(judge, loss_of(objective, real, fake), held(torch.tensor(0.1)), 3, objective)
    slopes = []
    for given in (weights, {name: weight.detach() for name, weight in weights.items()}):
        total = objective.generating(unrolling.judge_with(judge, given), Seen(real), Seen(fake)).total
        slopes.append(torch.autograd.grad(total, fake, retain_graph=True)[0].item())
    assert slopes[0] != pytest.approx(slopes[1], rel=1e-2)


def test_clipped_weights_stay_clipped():
    judge = Scale(0.01)
    objective = OfValues(lambda x, g: g.mean() - x.mean(), lambda g: -g.mean(), clip=0.02)
    real, fake = torch.full((1, 1), 5.0), torch.zeros(1, 1)
    weights = unrolling.unrolled(judge, loss_of(objective, real, fake), held(torch.tensor(1.0)), 2, objective)
    assert weights["weight"].item() == pytest.approx(0.02)


@pytest.mark.parametrize(
    "make",
    [functools.partial(torch.optim.Adam, betas=(0.0, 0.9)), torch.optim.RMSprop],
    ids=["adam", "rmsprop"],
)
def test_a_step_size_is_what_the_optimizer_moves_by(make):
    """Without momentum each of two steps is the slope times the size; they are foreseen from the step before."""
    weight = nn.Parameter(torch.tensor([1.0, -2.0]))
    optimizer = make([weight], lr=0.01)
    weight.grad = torch.tensor([0.3, 2.0])
    optimizer.step()
    sizes = unrolling.AsOptimizer(optimizer)
    for slopes in ([0.5, -1.0], [0.1, 0.0]):
        before = weight.detach().clone()
        weight.grad = torch.tensor(slopes)
        foreseen = sizes([weight.grad])[0] * weight.grad
        optimizer.step()
        assert torch.allclose(foreseen, before - weight.detach(), rtol=1e-4)


def test_no_weight_moves_far_whose_slopes_were_zero_for_long():
    weight = nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.Adam([weight], lr=0.01, betas=(0.0, 0.9))
    for _ in range(50):
        weight.grad = torch.full((1,), 1e-12)
        optimizer.step()
    slope = torch.ones(1)
    assert unrolling.AsOptimizer(optimizer)([slope])[0] * slope <= 0.01 / (1 - 0.9) ** 0.5 * 1.01


def test_frozen_weights_take_no_gradient_and_pass_one_on():
    judge = Scale(2.0)
    fake = torch.ones(1, 1, dtype=torch.float64, requires_grad=True)
    unrolling.judge_with(judge, unrolling.frozen(judge))(fake, None).sum().backward()
    assert fake.grad.item() == 2
    assert judge.weight.grad is None
