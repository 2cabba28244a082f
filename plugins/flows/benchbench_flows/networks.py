"""Form and network of a method as one module: what is trained, sampled from and kept in a checkpoint."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from benchbench.core import Task
from benchbench.training.forms import Completion, Condition, Form, Given, make_form
from benchbench.training.scale import patch
from benchbench.training.window import about, window_side
from torch import Tensor, nn

from benchbench_flows import diffusion, flow
from benchbench_flows.perceptron import Perceptron
from benchbench_flows.sizes import SIZES
from benchbench_flows.unet import UNet


@dataclass(frozen=True)
class Drawn:
    """What is random in the loss of N pairs."""

    noise: Tensor
    """Standard normal `float32[N, *space.shape]`."""
    uniform: Tensor
    """`float32[N]` in [0, 1]: spread evenly over the batch."""


class Model(nn.Module):
    """A form and a network: gives losses of pairs, and samples of conditions."""

    noise_shapes: list[tuple[int, ...]]
    """The shapes of what one sample takes, standard normal."""

    def __init__(self, task: Task, size: str, form: Form | None = None) -> None:
        """Make the network for a task's samples; by default, with the form of its conditions."""
        super().__init__()
        self.form: Form = form or make_form(task)
        whole = not isinstance(self.form, Completion)
        self._window = None if whole else window_side(task, smallest_side(task, size))
        self.network = make_network(task, size, self.form.planes, self._window is not None)
        self.noise_shapes = [task.space.shape]

    def predicted(self, given: Given) -> Callable[[Tensor, Tensor], Tensor]:
        """Return the network for what is given: from x and the angle (`[N]`, or a number) to the derivative of x."""
        window = None
        if self._window is not None and given.hole is not None:
            window = about(given.hole, self._window)
        planes = window.cut(given.planes) if window else given.planes

        def predict(noisy: Tensor, angle: Tensor) -> Tensor:
            seen = window.cut(noisy) if window else noisy
            derivative = self.network(seen, angle.to(noisy.device).expand(len(noisy)), planes)
            return self.form.free(window.back(derivative) if window else derivative, given)

        return predict

    def forward(self, condition: Condition, noise: Sequence[Tensor]) -> Tensor:
        """Return `float32[N, K, *space.shape]` (images in [-1, 1]) for noise `[N, K, *shape]` each."""
        number, times = noise[0].shape[:2]
        given = self.form.given(condition, number).repeated(times)
        residual = self.draw(given, [each.flatten(0, 1) for each in noise])
        return self.form.sample(residual, given).unflatten(0, (number, times))

    @abstractmethod
    def draw(self, given: Given, noise: Sequence[Tensor]) -> Tensor:
        """Return residuals of N samples from noise `[N, *shape]` each."""

    @abstractmethod
    def loss(self, condition: Condition, target: Tensor, drawn: Drawn) -> dict[str, Tensor]:
        """Return the losses of N pairs, whose sum is to fall; targets are images in [-1, 1], or points."""


class FlowModel(Model):
    """Flow matching."""

    def __init__(self, task: Task, size: str, steps: int, solver: flow.Solver, shift: float | None) -> None:
        super().__init__(task, size)
        self._shift = SHIFTS[task.space.kind]
        self._times, self._solver = flow.grid(steps, self._shift if shift is None else shift), solver

    def draw(self, given: Given, noise: Sequence[Tensor]) -> Tensor:
        """Return what the velocity moves the noise to."""
        start = self.form.free(noise[0], given)
        predict = self.predicted(given)
        return flow.solve(lambda x, t: flow.velocity_of(predict, x, t), start, self._times, self._solver)

    def loss(self, condition: Condition, target: Tensor, drawn: Drawn) -> dict[str, Tensor]:
        """Return the mean squared error of the velocity at a random time."""
        given = self.form.given(condition, len(target))
        noise, residual = self.form.free(drawn.noise, given), self.form.residual(target, given)
        time = flow.shifted(drawn.uniform, self._shift)
        noisy = flow.interpolated(noise, residual, time)
        velocity = flow.velocity_of(self.predicted(given), noisy, time)
        return {"flow": self.form.mean(flow.squared_error(velocity, noise, residual), given)}


class DiffusionModel(Model):
    """Diffusion: the derivative at a random angle, and a chain that goes along the angles."""

    def __init__(self, task: Task, size: str, steps: int, eta: float, form: Form | None = None) -> None:
        super().__init__(task, size, form)
        self._angles, self._eta = diffusion.grid(steps), eta
        self.noise_shapes = [task.space.shape] * (steps if eta else 1)

    def draw(self, given: Given, noise: Sequence[Tensor]) -> Tensor:
        """Return the end of the chain."""
        free = [self.form.free(each, given) for each in noise]
        return diffusion.sample(self.predicted(given), free, self._angles, self._eta)

    def loss(self, condition: Condition, target: Tensor, drawn: Drawn) -> dict[str, Tensor]:
        """Return the mean squared error of the derivative."""
        given = self.form.given(condition, len(target))
        noise, residual = self.form.free(drawn.noise, given), self.form.residual(target, given)
        noisy = diffusion.noised(noise, residual, drawn.uniform)
        derivative = self.predicted(given)(noisy, drawn.uniform)
        return {"diffusion": self.form.mean(diffusion.squared_error(derivative, noise, residual, drawn.uniform), given)}


class MeanFlowModel(Model):
    """The posterior mean, and flow matching from that and a little noise to the image (Ohayon et al. 2025).

    One network does both: at angle 0, without an image, it gives the mean; from half a right angle on, velocities.
    They are trained together; the flow takes the mean as it stands, without a gradient into it.
    """

    def __init__(self, task: Task, size: str, steps: int, solver: flow.Solver, noise: float) -> None:
        super().__init__(task, size)
        self._times, self._solver, self._noise = flow.grid(steps), solver, noise

    def posterior_mean(self, given: Given, like: Tensor) -> Tensor:
        """Return the mean of the residual, of the shape of `like`, for what is given."""
        return self.predicted(given)(torch.zeros_like(like), like.new_zeros(()))

    def velocity(self, given: Given) -> flow.Velocity:
        """Return the velocity for what is given."""
        predict = self.predicted(given)
        return lambda noisy, time: predict(noisy, (1 + time) / 2)

    def draw(self, given: Given, noise: Sequence[Tensor]) -> Tensor:
        """Return what the velocity moves the mean and its noise to."""
        start = self.posterior_mean(given, noise[0]) + self._noise * self.form.free(noise[0], given)
        return flow.solve(self.velocity(given), start, self._times, self._solver)

    def loss(self, condition: Condition, target: Tensor, drawn: Drawn) -> dict[str, Tensor]:
        """Return the mean squared errors of the mean and of the velocity."""
        given = self.form.given(condition, len(target))
        residual = self.form.residual(target, given)
        mean = self.posterior_mean(given, residual)
        start = mean.detach() + self._noise * self.form.free(drawn.noise, given)
        noisy = flow.interpolated(start, residual, drawn.uniform)
        velocity = self.velocity(given)(noisy, drawn.uniform)
        return {
            "mean": self.form.mean((mean - residual).square(), given),
            "flow": self.form.mean(flow.squared_error(velocity, start, residual), given),
        }


SHIFTS = {"images": 3.0, "points": 1.0}
"""Of the law of times in training; by 3, half of them lie under a quarter."""


def make_network(task: Task, size: str, planes: int, keeps_places: bool = False) -> nn.Module:
    """Return the network for a task's samples and conditions of so many planes, with initial weights."""
    sizes = SIZES[size]
    if task.space.kind == "points":
        return Perceptron(task.space.shape[0], planes, sizes.width)
    return UNet(planes, patch(task.space.shape[1]), sizes, keeps_places)


def smallest_side(task: Task, size: str) -> int:
    """Return the number of pixels whose multiples are the sides that the U-Net takes."""
    return int(patch(task.space.shape[1]) * 2 ** (len(SIZES[size].multiples) - 1))
