"""Flow matching in one dimension, where all is known: y given c is N(c, 1/4), so the velocity is linear in x."""

import math

import numpy as np
import pytest
import torch

from benchbench_flows import flow
from benchbench_flows.angles import angle_of_time, cosine, image_of, length, noise_of, sine

VARIANCE = 0.25


def exact(mean):
    """The velocity E[y - z | x_t] for y ~ N(mean, 1/4) and z ~ N(0, 1)."""

    def velocity(x, t):
        return mean + (VARIANCE * t - (1 - t)) * (x - t * mean) / (VARIANCE * t**2 + (1 - t) ** 2)

    return velocity


def gauss(points=40):
    """Nodes and weights of a standard normal law, exact for polynomials."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(points)
    return torch.from_numpy(nodes), torch.from_numpy(weights / math.sqrt(2 * math.pi))


def test_a_thousand_steps_of_euler_give_the_conditional_law():
    noise = torch.linspace(-3, 3, 61, dtype=torch.float64)
    for mean in (-1.0, 0.0, 2.0):
        found = flow.solve(exact(mean), noise, flow.grid(1000), "euler")
        torch.testing.assert_close(found, mean + noise / 2, rtol=0, atol=1e-2)


@pytest.mark.parametrize(("solver", "order"), [("euler", 1), ("midpoint", 2), ("heun", 2)])
def test_the_error_of_a_solver_falls_by_its_order(solver, order):
    start = torch.tensor([-2.0, 0.7, 1.5], dtype=torch.float64)
    end = start * math.exp(math.sin(3) / 3)

    def error(steps):
        found = flow.solve(lambda x, t: x * torch.cos(3 * t), start, flow.grid(steps, 3.0), solver)
        return (found - end).abs().max()

    assert math.log2(error(64) / error(128)) == pytest.approx(order, abs=0.15)


@pytest.mark.parametrize("solver", ["euler", "midpoint", "heun"])
def test_a_solver_evaluates_as_often_as_it_says(solver):
    seen = []

    def velocity(x, t):
        seen.append(float(t))
        return torch.ones_like(x)

    found = flow.solve(velocity, torch.zeros(1, dtype=torch.float64), flow.grid(5, 3.0), solver)
    assert len(seen) == 5 * flow.EVALUATIONS[solver]
    assert found.item() == pytest.approx(1)


@pytest.mark.parametrize("time", [0.0, 0.1, 0.5, 0.9, 1.0])
def test_the_loss_is_least_at_the_conditional_mean(time):
    nodes, weights = gauss()
    z, y = (each.flatten() for each in torch.meshgrid(nodes, 1 + nodes / 2, indexing="ij"))
    weight = (weights[:, None] * weights).flatten()
    t = torch.full_like(z, time)
    x = flow.interpolated(z, y, t)
    slope, offset = (torch.tensor(0.0, dtype=torch.float64, requires_grad=True) for _ in range(2))
    velocity = exact(1.0)(x, t) + slope * x + offset
    loss = (flow.squared_error(velocity, z, y) * weight).sum()
    for gradient in torch.autograd.grad(loss, [slope, offset]):
        assert abs(gradient.item()) < 1e-10
    # what is left is the variance of y - z given x_t, of Gaussians
    total, shared = VARIANCE * time**2 + (1 - time) ** 2, VARIANCE * time - (1 - time)
    assert loss.item() == pytest.approx(VARIANCE + 1 - shared**2 / total, abs=1e-10)


def test_the_velocity_of_a_network_of_angles_is_that_of_the_law():
    mean, std = 1.0, 0.5

    def network(x, angle):  # E[cos y - sin z | x] of the same law
        s, c = sine(angle), cosine(angle)
        gain = s * c * (std**2 - 1) / (s**2 * std**2 + c**2)
        return c * mean + gain * (x - s * mean)

    x = torch.linspace(-2, 2, 9, dtype=torch.float64)
    for time in (0.0, 0.2, 0.5, 0.99):
        t = torch.tensor(time, dtype=torch.float64)
        torch.testing.assert_close(flow.velocity_of(network, x, t), exact(mean)(x, t))
        torch.testing.assert_close(flow.velocity_of(network, x, t.expand(9)), exact(mean)(x, t))


def test_image_and_noise_are_found_again():
    random = torch.Generator().manual_seed(0)
    y, z, angle = (torch.randn(50, generator=random, dtype=torch.float64) for _ in range(3))
    x, d = sine(angle) * y + cosine(angle) * z, cosine(angle) * y - sine(angle) * z
    torch.testing.assert_close(image_of(x, d, angle), y)
    torch.testing.assert_close(noise_of(x, d, angle), z)


def test_times_and_angles_are_the_same_noise_levels():
    time = torch.linspace(0, 1, 11, dtype=torch.float64)
    angle, scale = angle_of_time(time), length(time)
    torch.testing.assert_close(sine(angle) * scale, time)
    torch.testing.assert_close(cosine(angle) * scale, 1 - time)


def test_a_shift_keeps_the_ends_and_slows_the_start():
    plain, shifted = flow.grid(8), flow.grid(8, 3.0)
    torch.testing.assert_close(plain, torch.linspace(0, 1, 9, dtype=torch.float64))
    assert shifted[0] == 0
    assert shifted[-1] == 1
    assert shifted[4] == pytest.approx(0.25)
    assert (shifted.diff() > 0).all()
    assert (shifted.diff().diff() > 0).all()
