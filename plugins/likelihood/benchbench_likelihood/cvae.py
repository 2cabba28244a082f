"""The conditional VAE: an encoder of image and condition, a decoder of latent variable and condition.

The decoder's law is N(mean, v I) with one variance v, that which maximises the likelihood: the mean squared error
(Rybkin, Daniilidis & Levine 2021, equation 6). It makes the balance of error and divergence a matter of no weight.

Where the condition is an image, the latent variable is a vector and a field. Without an image to lean on, a field would
hold the whole sample, and its prior, independent in all places, knows nothing of what makes an image: there the vector
is all, read from the coarsest level as a whole and spread over it again.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import cast

import torch
from benchbench.core import Task
from benchbench.training.forms import Given
from benchbench.training.scale import patch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate, pixel_shuffle, pixel_unshuffle, silu

from benchbench_likelihood.layers import Block
from benchbench_likelihood.model import Model, num_open
from benchbench_likelihood.sizes import Size

FORGOTTEN = 0.02
"""Weight of a batch in the running mean of the squared error."""
LEAST_VARIANCE = 1e-6


class Encoder(nn.Module):
    """Residual and condition to the normal laws of the latent variable: a vector, and a field of the coarsest level."""

    def __init__(self, planes: int, side: int, size: Size, field: int) -> None:
        """Make the network for conditions of so many planes; `field` channels, or 0 for a vector alone."""
        super().__init__()
        self._patch = patch(side)
        channels = [size.channels * multiple for multiple in size.multiples]
        self.first = nn.Conv2d((3 + planes) * self._patch**2, channels[0], 3, padding=1)
        self.blocks = nn.ModuleList(Block(a, b) for a, b in zip([channels[0], *channels], channels, strict=False))
        places = 1 if field else coarsest(side, size) ** 2
        self.vector = nn.Linear(channels[-1] * places, 2 * size.latent)
        self.field = nn.Conv2d(channels[-1], 2 * field, 1) if field else None

    def forward(self, residual: Tensor, planes: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Return the means and log deviations of vector `[N, latent]` and field `[N, field, h, w]`, if there is one."""
        hidden = self.first(pixel_unshuffle(torch.cat([residual, planes], 1), self._patch))
        for level, block in enumerate(self.blocks):
            hidden = block(avg_pool2d(hidden, 2) if level else hidden)
        hidden = silu(hidden)
        if self.field is None:
            found = [self.vector(hidden.flatten(1))]
        else:
            found = [self.vector(hidden.mean((2, 3))), self.field(hidden)]
        return [each.float().chunk(2, 1) for each in found]


class Decoder(nn.Module):
    """A U-Net of the condition; the field enters at its coarsest level, the vector scales and shifts each block."""

    def __init__(self, planes: int, side: int, size: Size, field: int) -> None:
        """Make the network for conditions of so many planes; `field` channels, or 0 for a vector alone."""
        super().__init__()
        self._patch = patch(side)
        channels = [size.channels * multiple for multiple in size.multiples]
        width = 2 * size.channels
        self.code = nn.Sequential(nn.Linear(size.latent, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU())
        self.first = nn.Conv2d(max(planes, 1) * self._patch**2, channels[0], 3, padding=1)
        self.down = nn.ModuleList(Block(a, b, width) for a, b in zip([channels[0], *channels], channels, strict=False))
        self.spread = None if field else nn.Linear(size.latent, size.channels * coarsest(side, size) ** 2)
        self.middle = Block(channels[-1] + (field or size.channels), channels[-1], width)
        self.up = nn.ModuleList()
        inputs = channels[-1]
        for outputs in reversed(channels):
            self.up.append(Block(inputs + outputs, outputs, width))
            inputs = outputs
        self.last = nn.Conv2d(inputs, 3 * self._patch**2, 3, padding=1)

    def forward(self, planes: Tensor, vector: Tensor, *field: Tensor) -> Tensor:
        """Return the decoder's mean, `float32[N, 3, H, W]`."""
        code = self.code(vector)
        seen = planes if planes.shape[1] else planes.new_ones(len(planes), 1, *planes.shape[2:])
        hidden = self.first(pixel_unshuffle(seen, self._patch))
        skips = []
        for level, block in enumerate(self.down):
            hidden = block(avg_pool2d(hidden, 2) if level else hidden, code)
            skips.append(hidden)
        if self.spread is not None:
            field = (self.spread(vector).unflatten(1, (-1, *hidden.shape[2:])),)
        hidden = self.middle(torch.cat([hidden, *field], 1), code)
        for number, block in enumerate(self.up):
            hidden = interpolate(hidden, scale_factor=2.0) if number else hidden
            hidden = block(torch.cat([hidden, skips.pop()], 1), code)
        return cast(Tensor, pixel_shuffle(self.last(silu(hidden)), self._patch).float())


def coarsest(side: int, size: Size) -> int:
    """Return the side of the coarsest level, for images of so many pixels."""
    return int(side // patch(side) // 2 ** (len(size.multiples) - 1))


class VaeModel(Model):
    """Encoder and decoder; the latent variable's prior is N(0, I)."""

    variance: Tensor
    """Of the decoder's law, in squares of what is modelled: a running mean of squared errors."""

    def __init__(self, task: Task, size: Size, pixel_noise: float) -> None:
        super().__init__(task)
        side, coarse = task.space.shape[1], coarsest(task.space.shape[1], size)
        field = size.field if "image" in task.examples("test")[0].condition else 0
        self.encoder = Encoder(self.form.planes, side, size, field)
        self.decoder = Decoder(self.form.planes, side, size, field)
        self.register_buffer("variance", torch.ones(()))
        self.posterior_shapes = [(size.latent,)] + ([(field, coarse, coarse)] if field else [])
        self.noise_shapes = [*self.posterior_shapes, *([task.space.shape] if pixel_noise else [])]
        self._pixel_noise = pixel_noise
        self.to(memory_format=torch.channels_last)

    def draw(self, given: Given, noise: Sequence[Tensor]) -> Tensor:
        """Return the decoder's mean, and its noise where that is wanted."""
        codes, added = noise[: len(self.posterior_shapes)], noise[len(self.posterior_shapes) :]
        mean = self.decoder(given.planes, *codes)
        return mean + self._pixel_noise * self.variance.sqrt() * added[0] if added else mean

    def log_parts(self, given: Given, residual: Tensor, noise: Sequence[Tensor]) -> Mapping[str, Tensor]:
        """Return the bound's two terms: `error`, the log density of the residual, and `divergence`, minus the KL.

        While training, the variance is that of the batch, and the running mean follows it.
        """
        laws = self.encoder(residual, given.planes)
        drawn = [mean + spread.exp() * each for (mean, spread), each in zip(laws, noise, strict=True)]
        mean = self.form.free(self.decoder(given.planes, *drawn), given)
        number = num_open(given, residual)
        squared = (residual - mean).square().flatten(1).sum(1)
        variance = self.variance
        if self.training and torch.is_grad_enabled():
            variance = (squared.sum() / number.sum()).clamp_min(LEAST_VARIANCE)
            self.variance.lerp_(variance.detach(), FORGOTTEN)
        error = -(squared / variance + number * (2 * math.pi * variance).log()) / 2
        return {"error": error, "divergence": -sum_of_divergences(laws)}


def sum_of_divergences(laws: Sequence[tuple[Tensor, Tensor]]) -> Tensor:
    """Return `[N]`: the divergence of normal laws (mean, log deviation) `[N, …]` each from N(0, I), in nats."""
    each = [((mean.square() + (2 * spread).exp() - 1) / 2 - spread).flatten(1).sum(1) for mean, spread in laws]
    return torch.stack(each).sum(0)
