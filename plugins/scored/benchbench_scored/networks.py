"""The generator: one call of a network turns noise and a condition into a sample."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from benchbench.core import Task
from benchbench.training.forms import Condition, Form, make_form
from benchbench.training.scale import patch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate, pixel_shuffle, pixel_unshuffle, silu

from benchbench_scored.sizes import FIELD_CHANNELS, Size

GROUPS = 8


class Generator(nn.Module):
    """A form and a network: noise and condition to the residual of a sample."""

    def __init__(self, form: Form, network: nn.Module, noise_shapes: list[tuple[int, ...]]) -> None:
        super().__init__()
        self.form, self.network = form, network
        self.noise_shapes = noise_shapes
        """The shapes of what one sample takes, standard normal."""

    def forward(self, condition: Condition, noise: Sequence[Tensor]) -> Tensor:
        """Return `float32[N, K, *space.shape]` (images in [-1, 1]) for noise `[N, K, *shape]` each."""
        number, times = noise[0].shape[:2]
        given = self.form.given(condition, number).repeated(times)
        residual = self.network(given.planes, [each.flatten(0, 1) for each in noise])
        return self.form.sample(self.form.free(residual, given), given).unflatten(0, (number, times))


class Block(nn.Module):
    """Two convolutions beside a shortcut; between them the code scales and shifts (FiLM)."""

    def __init__(self, inputs: int, outputs: int, code: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.norm = nn.GroupNorm(GROUPS, outputs, affine=False)
        self.film = nn.Linear(code, 2 * outputs)
        self.second = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.shortcut = nn.Conv2d(inputs, outputs, 1) if inputs != outputs else nn.Identity()

    def forward(self, hidden: Tensor, code: Tensor) -> Tensor:
        """Return `[N, outputs, h, w]` for features `[N, inputs, h, w]` and features of the code `[N, code]`."""
        scale, shift = self.film(code)[:, :, None, None].chunk(2, 1)
        inner = silu(self.norm(self.first(silu(hidden))) * (1 + scale) + shift)
        return cast(Tensor, self.shortcut(hidden) + self.second(inner))


class UNet(nn.Module):
    """Patches of pixels are its pixels; each level takes a field of noise, and each block the code.

    There is no normalization over the pixels of its input: a flat colour is not lost.
    """

    def __init__(self, planes: int, side: int, size: Size) -> None:
        """Make the network for images of a side and conditions of so many planes."""
        super().__init__()
        self._patch = patch(side)
        channels = [size.channels * multiple for multiple in size.multiples]
        sides = [side // self._patch // 2**level for level in range(len(channels))]
        self.noise_shapes = [(size.code,), *((FIELD_CHANNELS, each, each) for each in sides)]
        width = 2 * size.channels
        self.code = nn.Sequential(nn.Linear(size.code, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU())
        self.first = nn.Conv2d(planes * self._patch**2 + FIELD_CHANNELS, channels[0], 3, padding=1)
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        inputs = channels[0]
        for level, outputs in enumerate(channels):
            self.down.append(Block(inputs + (FIELD_CHANNELS if level else 0), outputs, width))
            inputs = outputs
        self.middle = Block(inputs, inputs, width)
        for outputs in reversed(channels):
            self.up.append(Block(inputs + outputs, outputs, width))
            inputs = outputs
        self.last = nn.Conv2d(inputs, 3 * self._patch**2, 3, padding=1)
        self.to(memory_format=torch.channels_last)

    def forward(self, planes: Tensor, noise: Sequence[Tensor]) -> Tensor:
        """Return `float32[N, 3, H, W]` for planes `[N, P, H, W]` and noise `[N, *shape]` of each shape."""
        vector, *fields = noise
        code = self.code(vector)
        seen = fields[0]
        if planes.shape[1]:  # none without a condition, and torch leaves an image without channels as large as it was
            seen = torch.cat([pixel_unshuffle(planes, self._patch), seen], 1)
        hidden = self.first(seen.contiguous(memory_format=torch.channels_last))
        skips = []
        for level, block in enumerate(self.down):
            if level:
                hidden = torch.cat([avg_pool2d(hidden, 2), fields[level]], 1)
            hidden = block(hidden, code)
            skips.append(hidden)
        hidden = self.middle(hidden, code)
        for number, block in enumerate(self.up):
            if number:
                hidden = interpolate(hidden, scale_factor=2.0)
            hidden = block(torch.cat([hidden, skips.pop()], 1), code)
        return cast(Tensor, pixel_shuffle(self.last(silu(hidden)), self._patch).contiguous().float())


class Perceptron(nn.Module):
    """The network of points: noise and condition to a point."""

    def __init__(self, planes: int, dimensions: int, size: Size) -> None:
        """Make the network for points of so many dimensions, given so many values."""
        super().__init__()
        self.noise_shapes: list[tuple[int, ...]] = [(size.code,)]
        width = size.width
        self.layers = nn.Sequential(
            nn.Linear(size.code + planes, width),
            nn.SiLU(),
            nn.Linear(width, width),
            nn.SiLU(),
            nn.Linear(width, width),
            nn.SiLU(),
            nn.Linear(width, dimensions),
        )

    def forward(self, planes: Tensor, noise: Sequence[Tensor]) -> Tensor:
        """Return `float32[N, D]` for the condition's values `[N, P]` and noise `[N, code]`."""
        return cast(Tensor, self.layers(torch.cat([noise[0], planes], 1)).float())


def make_generator(task: Task, size: Size) -> Generator:
    """Return the generator of a task, with initial weights."""
    form = make_form(task)
    kind = Perceptron if task.space.kind == "points" else UNet
    network = kind(form.planes, task.space.shape[-1], size)
    return Generator(form, network, network.noise_shapes)
