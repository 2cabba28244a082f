"""What the networks are made of: features of the time, and residual blocks and attention that read them."""

from __future__ import annotations

import math
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.functional import pixel_shuffle, pixel_unshuffle, silu

GROUPS = 8
FREQUENCIES = 32
HIGHEST = 64.0
TIME_CHANNELS = 128


class TimeFeatures(nn.Module):
    """The angle of a noise level, in [0, 1], to a vector: sines and cosines, then a perceptron."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(2 * FREQUENCIES, TIME_CHANNELS), nn.SiLU(), nn.Linear(TIME_CHANNELS, TIME_CHANNELS), nn.SiLU()
        )

    def forward(self, angle: Tensor) -> Tensor:
        """Return `float32[N, 128]` for angles `[N]`; wavelengths from 4 down to 1/64 in equal ratios."""
        exponents = torch.linspace(math.log(0.25), math.log(HIGHEST), FREQUENCIES, device=angle.device)
        phases = 2 * math.pi * angle.float()[:, None] * exponents.exp()
        return cast(Tensor, self.layers(torch.cat([phases.sin(), phases.cos()], 1)))


class Block(nn.Module):
    """Two convolutions beside a shortcut, as which it begins; between them the time scales and shifts (FiLM)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first_norm, self.first = nn.GroupNorm(GROUPS, inputs), nn.Conv2d(inputs, outputs, 3, padding=1)
        self.film = nn.Linear(TIME_CHANNELS, 2 * outputs)
        self.second_norm = nn.GroupNorm(GROUPS, outputs, affine=False)
        self.second = zeroed(nn.Conv2d(outputs, outputs, 3, padding=1))
        self.shortcut = nn.Conv2d(inputs, outputs, 1) if inputs != outputs else nn.Identity()

    def forward(self, hidden: Tensor, time: Tensor) -> Tensor:
        """Return `[N, outputs, h, w]` for features `[N, inputs, h, w]` and the time's `[N, 128]`."""
        inner = self.first(silu(self.first_norm(hidden)))
        scale, shift = self.film(time)[:, :, None, None].chunk(2, 1)
        inner = self.second(silu(self.second_norm(inner) * (1 + scale) + shift))
        return cast(Tensor, self.shortcut(hidden) + inner)


class Attention(nn.Module):
    """Each pixel looks at all others: one head, added to what there is. Begins as nothing."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(GROUPS, channels)
        self.queries = nn.Conv2d(channels, 3 * channels, 1)
        self.last = zeroed(nn.Conv2d(channels, channels, 1))

    def forward(self, hidden: Tensor) -> Tensor:
        """Return features of the same shape, `[N, C, h, w]`."""
        query, key, value = self.queries(self.norm(hidden)).flatten(2).transpose(1, 2).chunk(3, 2)
        # written out: the fused kernels' backward pass on a GPU depends on the order of sums
        weights = (query @ key.transpose(1, 2) / query.shape[2] ** 0.5).softmax(2)
        seen = (weights @ value).transpose(1, 2).unflatten(2, hidden.shape[2:])
        return cast(Tensor, hidden + self.last(seen))


class Shrink(nn.Module):
    """Half the resolution: four neighbours become four times the channels, and these are mixed down to as many."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.mix = nn.Conv2d(4 * channels, channels, 1)

    def forward(self, hidden: Tensor) -> Tensor:
        """Return `[N, C, h / 2, w / 2]` for features `[N, C, h, w]`."""
        return cast(Tensor, self.mix(pixel_unshuffle(hidden, 2)))


class Grow(nn.Module):
    """Twice the resolution, the other way round."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.mix = nn.Conv2d(channels, 4 * channels, 1)

    def forward(self, hidden: Tensor) -> Tensor:
        """Return `[N, C, 2h, 2w]` for features `[N, C, h, w]`."""
        return pixel_shuffle(self.mix(hidden), 2)


def zeroed(layer: nn.Conv2d | nn.Linear) -> nn.Conv2d | nn.Linear:
    """Return the layer with weights and biases of 0."""
    nn.init.zeros_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer
