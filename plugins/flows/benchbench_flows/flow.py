"""Conditional flow matching with independent pairs (Lipman et al. 2023, Liu et al. 2023): path, loss and solvers.

Pure functions of tensors. `x_t = (1 - t) z + t y` goes from noise z at t = 0 to the image y at t = 1; its velocity is
`y - z`, and the least squares estimate of that from x_t and the condition moves z to a sample of the conditional law.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor

from benchbench_flows.angles import angle_of_time, length, like

Solver = Literal["euler", "midpoint", "heun"]
Velocity = Callable[[Tensor, Tensor], Tensor]
"""From x_t `[N, …]` and the time, a number, to the velocity `[N, …]`."""
EVALUATIONS = {"euler": 1, "midpoint": 2, "heun": 2}
"""Network evaluations of one step."""


def interpolated(noise: Tensor, target: Tensor, time: Tensor) -> Tensor:
    """Return x_t for noise and targets `[N, …]` and times `[N]`."""
    t = like(time, target)
    return (1 - t) * noise + t * target


def squared_error(velocity: Tensor, noise: Tensor, target: Tensor) -> Tensor:
    """Return the squared error of each value of a velocity `[N, …]` against `y - z`; the loss is its mean."""
    return (velocity - (target - noise)).square()


def velocity_of(network: Velocity, noisy: Tensor, time: Tensor) -> Tensor:
    """Return the velocity at x_t from a network of angles, for times `[N]` or a number.

    With x = x_t / s, s^2 = t^2 + (1 - t)^2, and the network's d: `y - z = ((2t - 1) x + d) / s`.
    """
    t = like(time, noisy) if time.ndim else time
    scale = length(t)
    derivative = network(noisy / scale, angle_of_time(time))
    return ((2 * t - 1) * noisy / scale + derivative) / scale


def shifted(time: Tensor, shift: float) -> Tensor:
    """Return `t / (t + shift (1 - t))`: with a shift over 1, more of [0, 1] lies near the noise.

    Thousands of noisy values tell one colour together, so that modes part early (Esser et al. 2024, section 5.3.2: the
    same map, for resolution).
    """
    return time / (time + shift * (1 - time))


def grid(steps: int, shift: float = 1.0) -> Tensor:
    """Return the times of a solver, `float64[steps + 1]` from 0 to 1."""
    return shifted(torch.linspace(0, 1, steps + 1, dtype=torch.float64), shift)


def solve(velocity: Velocity, noisy: Tensor, times: Tensor, solver: Solver) -> Tensor:
    """Return x at the last time from x `[N, …]` at the first one, `times` `[steps + 1]` apart.

    Euler of first order; midpoint and Heun (the trapezoid of an Euler step) of second, with two evaluations a step.
    """
    for start, end in zip(times[:-1], times[1:], strict=True):
        step = (end - start).to(noisy.dtype)
        slope = velocity(noisy, start.to(noisy.dtype))
        if solver == "midpoint":
            slope = velocity(noisy + step / 2 * slope, ((start + end) / 2).to(noisy.dtype))
        elif solver == "heun":
            slope = (slope + velocity(noisy + step * slope, end.to(noisy.dtype))) / 2
        noisy = noisy + step * slope
    return noisy
