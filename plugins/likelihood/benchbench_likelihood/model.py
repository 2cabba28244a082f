"""What both models share: a form, samples of conditions, and the log density of images in nats."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping, Sequence

import torch
from benchbench.core import Task
from benchbench.training.forms import Condition, Form, Given, make_form
from torch import Tensor, nn


class Model(nn.Module):
    """A form and networks: gives losses of pairs, samples of conditions, and log densities."""

    noise_shapes: list[tuple[int, ...]]
    """The shapes of what one sample takes, standard normal."""
    posterior_shapes: list[tuple[int, ...]]
    """The shapes of what a log density takes, standard normal: none where it is exact."""

    def __init__(self, task: Task) -> None:
        super().__init__()
        self.form: Form = make_form(task, means_fixed=False)

    def forward(self, condition: Condition, noise: Sequence[Tensor]) -> Tensor:
        """Return `float32[N, K, *space.shape]` (images in [-1, 1]) for noise `[N, K, *shape]` each."""
        number, times = noise[0].shape[:2]
        given = self.form.given(condition, number).repeated(times)
        residual = self.draw(given, [each.flatten(0, 1) for each in noise])
        return self.form.sample(self.form.free(residual, given), given).unflatten(0, (number, times))

    def log_density(self, condition: Condition, images: Tensor, noise: Sequence[Tensor]) -> Tensor:
        """Return `[N]`, the log density of images `[N, 3, H, W]` in [-1, 1] on the scale of grey levels."""
        given = self.form.given(condition, len(images))
        parts = self.log_parts(given, self.form.residual(images, given), noise)
        found = torch.stack(list(parts.values())).sum(0)
        return found - num_open(given, images) * (127.5 * self.form.scale).log()

    def bits(self, condition: Condition, images: Tensor, noise: Sequence[Tensor]) -> dict[str, Tensor]:
        """Return the losses of N pairs, by name; their sum is the mean of bits per open value."""
        given = self.form.given(condition, len(images))
        parts = self.log_parts(given, self.form.residual(images, given), noise)
        number = num_open(given, images)
        losses = {name: -(part / number).mean() / math.log(2) for name, part in parts.items()}
        first = next(iter(losses))
        return {**losses, first: losses[first] + (127.5 * self.form.scale).log2()}

    @abstractmethod
    def draw(self, given: Given, noise: Sequence[Tensor]) -> Tensor:
        """Return residuals of N samples from noise `[N, *shape]` each."""

    @abstractmethod
    def log_parts(self, given: Given, residual: Tensor, noise: Sequence[Tensor]) -> Mapping[str, Tensor]:
        """Return the terms `[N]` whose sum is the log density of residuals `[N, 3, H, W]`, or bounds it from below."""


def num_open(given: Given, images: Tensor) -> Tensor:
    """Return `float32[N]`: how many values of each image are open."""
    if given.hole is None:
        return images.new_full((len(images),), float(images[0].numel()))
    return given.hole.flatten(1).sum(1).to(images.dtype) * images.shape[1]


def some_plane(planes: Tensor) -> Tensor:
    """Return planes `[N, P, H, W]`, or one of ones where P is 0: a convolution takes at least one."""
    return planes if planes.shape[1] else planes.new_ones(len(planes), 1, *planes.shape[2:])
