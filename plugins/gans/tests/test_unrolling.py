"""Unrolling against explicit differentiation through the updates, and the step sizes against the optimizers."""

import functools
import types

import pytest
import torch
from torch import nn

from benchbench_gans import unrolling
from benchbench_gans.losses import logistic, squares
from benchbench_gans.objectives import OfValues, Seen
from benchbench_gans.updates import GeneratorUpdate, JudgeUpdate


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


def moved(w, g, rate, updates):
    """Return w after updates of L_D = ½ (w - 1)² + ½ (w g)², x = 1, one fake g, and dw/dg by the chain rule."""
    slope = 0.0
    for _ in range(updates):
        w, slope = w - rate * ((w - 1) + w * g**2), slope - rate * (slope + slope * g**2 + 2 * w * g)
    return w, slope


@pytest.mark.parametrize("updates", [0, 1, 3])
def test_weights_against_explicit_differentiation(updates):
    judge = Scale(0.7)
    objective = OfValues(squares.discriminator_loss, squares.generator_loss)
    fake = torch.tensor([[0.4]], dtype=torch.float64, requires_grad=True)
    real = torch.ones(1, 1, dtype=torch.float64)
    sizes = held(torch.tensor(0.1, dtype=torch.float64))
    weights = unrolling.unrolled(judge, loss_of(objective, real, fake), sizes, updates, objective)
    w, slope = moved(0.7, 0.4, 0.1, updates)
    assert weights["weight"].item() == pytest.approx(w, rel=1e-6)
    found = torch.autograd.grad(weights["weight"], fake)[0].item() if updates else 0.0
    assert found == pytest.approx(slope, rel=1e-5)
    assert judge.weight.grad is None
    assert judge.weight.item() == 0.7


class Number(nn.Module):
    """A generator whose only weight is its sample."""

    def __init__(self, value):
        super().__init__()
        self.value = nn.Parameter(torch.tensor([[value]], dtype=torch.float64))

    def draw(self, noise, label):
        return self.value


def slope_of_generator(judge, objective, g, updates):
    """Return the loss that a generator of one sample shows, and its slope; step sizes are the rate itself."""
    generator = Number(g)
    plan = types.SimpleNamespace(packing=1, unrolling=updates, mode_seeking=0.0)
    sgd = torch.optim.RMSprop(judge.parameters(), lr=0.1, alpha=1.0, eps=1.0)  # a mean square that stays 0
    sgd.state[judge.weight] = {"square_avg": torch.zeros((), dtype=torch.float64)}
    update = GeneratorUpdate(generator, JudgeUpdate(judge, objective, 1), sgd, plan)
    given = {"real": torch.ones(1, 1, dtype=torch.float64), "noise": None, "places": torch.zeros(1)}
    terms = update(given)
    terms.total.backward()
    return terms, generator.value.grad.item()


@pytest.mark.parametrize("updates", [1, 3])
def test_the_generator_descends_minus_the_later_discriminators_loss(updates):
    """L_G = ½ (w' g - 1)² through g alone, and through w' minus all of L_D(w'), also of the real sample."""
    judge, g = Scale(0.7), 0.4
    terms, found = slope_of_generator(judge, OfValues(squares.discriminator_loss, squares.generator_loss), g, updates)
    w, slope = moved(0.7, g, 0.1, updates)
    assert terms.total.item() == pytest.approx(0.5 * (w * g - 1) ** 2)
    assert found == pytest.approx((w * g - 1) * w - ((w - 1) + w * g**2) * slope, rel=1e-5)
    assert judge.weight.grad is None


def test_of_the_minimax_game_it_is_the_slope_of_its_value():
    """With L_G = -L_D up to what the samples do not change, both parts together are d/dg of -L_D(w'(g), g)."""
    judge, g = Scale(0.7), 0.4
    objective = OfValues(logistic.discriminator_loss, logistic.minimax_loss)
    _, found = slope_of_generator(judge, objective, g, 2)

    fake, w = torch.tensor([[g]], dtype=torch.float64, requires_grad=True), judge.weight.detach().requires_grad_()
    for _ in range(2):
        w = w - 0.1 * torch.autograd.grad(logistic.discriminator_loss(w, w * fake), w, create_graph=True)[0]
    (expected,) = torch.autograd.grad(-logistic.discriminator_loss(w, w * fake), fake)
    assert found == pytest.approx(expected.item(), rel=1e-5)


def test_where_the_discriminator_is_at_its_best_looking_ahead_changes_nothing():
    """At w = 1 / (1 + g²) there is no slope left in L_D, so what the generator could do to it is of no use."""
    g = 0.4
    objective = OfValues(squares.discriminator_loss, squares.generator_loss)
    _, found = slope_of_generator(Scale(1 / (1 + g**2)), objective, g, 3)
    _, plain = slope_of_generator(Scale(1 / (1 + g**2)), objective, g, 0)
    assert found == pytest.approx(plain, rel=1e-6)


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
