"""Form and network of a method as one module: what is trained, sampled from and kept in a checkpoint."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

from benchbench.core import Task
from torch import Tensor, nn

from benchbench_flows import flow
from benchbench_flows.forms import Condition, Form, Given, make_form
from benchbench_flows.perceptron import Perceptron
from benchbench_flows.sizes import SIZES, patch
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

    def __init__(self, task: Task, size: str) -> None:
        super().__init__()
        self.form: Form = make_form(task)
        self.network = make_network(task, size, self.form.planes)
        self.noise_shapes = [task.space.shape]

    def predicted(self, given: Given) -> Callable[[Tensor, Tensor], Tensor]:
        """Return the network for what is given: from x and the angle (`[N]`, or a number) to the derivative of x."""

        def predict(noisy: Tensor, angle: Tensor) -> Tensor:
            derivative = self.network(noisy, angle.expand(len(noisy)), given.planes)
            return self.form.free(derivative, given)

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

    def __init__(self, task: Task, size: str, steps: int, solver: flow.Solver, shift: float) -> None:
        super().__init__(task, size)
        self._times, self._solver = flow.grid(steps, shift), solver

    def draw(self, given: Given, noise: Sequence[Tensor]) -> Tensor:
        """Return what the velocity moves the noise to."""
        start = self.form.free(noise[0], given)
        predict = self.predicted(given)
        return flow.solve(lambda x, t: flow.velocity_of(predict, x, t), start, self._times, self._solver)

    def loss(self, condition: Condition, target: Tensor, drawn: Drawn) -> dict[str, Tensor]:
        """Return the mean squared error of the velocity at a random time."""
        given = self.form.given(condition, len(target))
        noise, residual = self.form.free(drawn.noise, given), self.form.residual(target, given)
        time = flow.shifted(drawn.uniform, TRAINING_SHIFT)
        noisy = flow.interpolated(noise, residual, time)
        velocity = flow.velocity_of(self.predicted(given), noisy, time)
        return {"flow": self.form.mean(flow.squared_error(velocity, noise, residual), given)}


TRAINING_SHIFT = 3.0
"""Of the law of times in training: a quarter of them lies under 0.1, where modes part."""


def make_network(task: Task, size: str, planes: int) -> nn.Module:
    """Return the network for a task's samples and conditions of so many planes, with initial weights."""
    sizes = SIZES[size]
    if task.space.kind == "points":
        return Perceptron(task.space.shape[0], sizes.width)
    return cast(nn.Module, UNet(planes, patch(task.space.shape[1]), sizes))
