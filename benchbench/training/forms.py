"""What a network sees of a condition, and what it models: images as they are, or the residual of a base image.

A residual is `(image - base) / scale`, where the base is a function of the condition and the scale the standard
deviation over the training set. Where a condition fixes a part of the image, the residual is free of it:

- super-resolution without noise: the base is the bicubic enlargement with its block means set to the input; residuals
  have block means of 0, so that every sample has the input as its area mean;
- inpainting: the base is the image with its hole filled smoothly; residuals are 0 outside.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate, one_hot

from benchbench.core.task import SuperResolutionTask, Task
from benchbench.training.fill import places, smooth_fill

Condition = Mapping[str, Tensor]
"""What networks see of conditions: images `float32[N, C, h, w]` in [-1, 1], masks 1 in the hole, labels `int64[N]`."""
MEASURED = 1024
"""Rows of the training set that the scale is measured on."""


@dataclass(frozen=True)
class Given:
    """What is known of N samples."""

    base: Tensor
    """`float32[N, 3, H, W]` in [-1, 1], or one number for all."""
    planes: Tensor
    """`float32[N, P, H, W]`: what the network sees of the condition; of points `[N, P]`."""
    hole: Tensor | None = None
    """`bool[N, 1, H, W]`, where only that is open."""

    def repeated(self, times: int) -> Given:
        """Return the same with each of the N so many times in a row."""
        parts = (self.base, self.planes, self.hole)
        return Given(*(part if part is None or part.ndim == 0 else part.repeat_interleave(times, 0) for part in parts))


class Form(nn.Module):
    """From conditions to what is given of samples, and from samples to residuals and back."""

    scale: Tensor
    """A number: the standard deviation of the residuals of the training set before they are divided by it."""
    centre: Tensor
    """A number: the base of images that have no other."""
    planes: int
    """P, the number of planes of a condition."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("scale", torch.ones(()))
        self.register_buffer("centre", torch.zeros(()))

    @abstractmethod
    def given(self, condition: Condition, number: int) -> Given:
        """Return what is given of N = `number` samples."""

    def free(self, residual: Tensor, given: Given) -> Tensor:
        """Return the residual `[N, …]` without what the condition fixes: an orthogonal projection."""
        del given
        return residual

    def residual(self, sample: Tensor, given: Given) -> Tensor:
        """Return the residual of samples `float32[N, 3, H, W]` in [-1, 1], or points `[N, D]`."""
        return self.free((sample - given.base) / self.scale, given)

    def sample(self, residual: Tensor, given: Given) -> Tensor:
        """Return the sample of a residual."""
        return given.base + self.scale * residual

    def mean(self, values: Tensor, given: Given) -> Tensor:
        """Return the mean of `[N, C, H, W]` over all that is open, a number."""
        if given.hole is None:
            return values.mean()
        return (values * given.hole).sum() / (given.hole.sum() * values.shape[1])

    def measure(self, data: Any) -> None:
        """Set centre and scale from the first `MEASURED` rows of a training set."""
        condition, target = data.batch(torch.arange(min(len(data), MEASURED)))
        self.centre.copy_(target.mean())
        self.scale.fill_(1.0)
        given = self.given(condition, len(target))
        residual = self.residual(target, given)
        self.scale.copy_(self.mean(residual.square(), given).sqrt())


class Points(Form):
    """Points, from vectors or from nothing."""

    shift: Tensor
    """`float32[P]`: the mean of each value of the condition over the training set."""
    spread: Tensor
    """`float32[P]`: its standard deviation; 1 where it does not vary."""

    def __init__(self, names: Sequence[str], values: int) -> None:
        """Take conditions with vectors of these names, of so many values together."""
        super().__init__()
        self._names, self.planes = tuple(names), values
        self.register_buffer("shift", torch.zeros(values))
        self.register_buffer("spread", torch.ones(values))

    def given(self, condition: Condition, number: int) -> Given:
        """Return the condition's values, standardised; the base is the mean over the training set and all values."""
        return Given(self.centre, (self._joined(condition, number) - self.shift) / self.spread)

    def measure(self, data: Any) -> None:
        """Set centre and scale, and mean and deviation of the condition, from the first rows of a training set."""
        super().measure(data)
        if not self.planes:
            return
        rows = torch.arange(min(len(data), MEASURED))
        values = self._joined(data.batch(rows)[0], len(rows))
        self.shift.copy_(values.mean(0))
        spread = values.std(0, correction=0)
        self.spread.copy_(torch.where(spread > 0, spread, 1.0))

    def _joined(self, condition: Condition, number: int) -> Tensor:
        return torch.cat([self.shift.new_zeros(number, 0), *(condition[name] for name in self._names)], 1)


class Plain(Form):
    """Images whose condition fixes nothing: an image of the same size, a label, or nothing."""

    def __init__(self, size: tuple[int, ...], channels: int, classes: int) -> None:
        """Take conditions of an image of so many channels (0: none) and a label of so many classes (0: none).

        `size` is that of the samples, `(H, W)`.
        """
        super().__init__()
        self._size, self._channels, self._classes = size, channels, classes
        self.planes = channels + classes

    def given(self, condition: Condition, number: int) -> Given:
        """Return the image and the label as planes; the base is the mean over the training set and all pixels."""
        planes = [self.centre.new_zeros(number, 0, *self._size)]
        if self._channels:
            planes.append(condition["image"])
        if self._classes:
            label = one_hot(condition["label"], self._classes).float()[:, :, None, None]
            planes.append(label.expand(-1, -1, *self._size))
        return Given(self.centre, torch.cat(planes, 1))


class Enlargement(Form):
    """Super-resolution by a whole factor; `means` where the input is the area mean of the target."""

    def __init__(self, factor: int, means: bool) -> None:
        super().__init__()
        self._factor, self._means = factor, means
        self.planes = 3

    def given(self, condition: Condition, number: int) -> Given:
        """Return the bicubic enlargement, as the base and as what is seen."""
        del number
        base = interpolate(condition["image"], scale_factor=float(self._factor), mode="bicubic", align_corners=False)
        if self._means:
            base = base - self._means_of(base) + interpolate(condition["image"], scale_factor=float(self._factor))
        return Given(base, base)

    def free(self, residual: Tensor, given: Given) -> Tensor:
        """Return the residual with block means of 0, where the condition is these means."""
        del given
        return residual - self._means_of(residual) if self._means else residual

    def _means_of(self, images: Tensor) -> Tensor:
        return interpolate(avg_pool2d(images, self._factor), scale_factor=float(self._factor))


class Completion(Form):
    """Inpainting: known pixels are kept."""

    planes = 14

    def given(self, condition: Condition, number: int) -> Given:
        """Return the smoothly filled image as the base; the mask and the place in the hole are seen too."""
        del number
        hole = condition["mask"] > 0
        base = smooth_fill(condition["image"], hole)
        return Given(base, torch.cat([base, condition["mask"], places(hole)], 1), hole)

    def free(self, residual: Tensor, given: Given) -> Tensor:
        """Return the residual, 0 outside of the hole."""
        return residual * cast(Tensor, given.hole)


def make_form(task: Task, means_fixed: bool = True) -> Form:
    """Return the form of a task's samples.

    Without `means_fixed`, super-resolution leaves the block means open, so that samples have a density in all values.
    """
    condition = task.examples("test")[0].condition
    if task.space.kind == "points":
        return Points(list(condition), sum(len(value) for value in condition.values()))
    if "mask" in condition:
        return Completion()
    if task.kind == "super-resolution":
        return Enlargement(task.space.shape[1] // condition["image"].shape[1], means_fixed and _gives_means(task))
    classes = 0
    if "label" in condition:
        classes = 1 + max(int(example.condition["label"]) for example in task.examples("train"))
    return Plain(task.space.shape[1:], channels=len(condition.get("image", ())), classes=classes)


def _gives_means(task: Task) -> bool:
    """Return whether the condition is the area mean of the target, without noise."""
    return isinstance(task, SuperResolutionTask) and task.by_area_mean and not task.noise_std


def unconditional_form(task: Task) -> Form:
    """Return the form of a task's samples for a network that sees no condition."""
    return Points((), 0) if task.space.kind == "points" else Plain(task.space.shape[1:], channels=0, classes=0)
