"""The conditional VAE: an encoder of image and condition, a decoder of latent variables and condition.

The decoder's law is N(mean, v I) with one variance v, that which maximises the likelihood: the mean squared error
(Rybkin, Daniilidis & Levine 2021, equation 6). It makes the balance of error and divergence a matter of no weight.

The latent variables are a hierarchy (Sønderby et al. 2016): a vector under N(0, I), and, where the condition is an
image, a field at each level of the decoder from the coarsest on. A field's prior is learned, from the condition and the
latent variables above; its posterior sees these and the image. What the vector says, such as a colour, costs a field no
divergence, for the prior follows it: so what is common to all places moves up into the vector. Fields with a prior of
their own, independent in all places, hold the colour in each place, and what they draw is patches.

Without an image to lean on, fields would hold the whole sample: there the vector is all.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple, cast

import torch
from benchbench.core import Task
from benchbench.training.forms import Given
from benchbench.training.scale import patch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate, pixel_shuffle, pixel_unshuffle, silu

from benchbench_likelihood.layers import Block, zeroed
from benchbench_likelihood.model import Model, num_open, some_plane
from benchbench_likelihood.normal import Normal, bounded, standard
from benchbench_likelihood.sizes import Size

FORGOTTEN = 0.02
"""Weight of a batch in the running mean of the squared error."""
LEAST_VARIANCE = 1e-6
MOST_SPREAD = 5.0
"""Bound of a log deviation of a field, which bends towards it."""


class Seen(NamedTuple):
    """What the encoder says of N images."""

    vector: Normal
    """Of the vector, `[N, latent]`."""
    features: list[Tensor]
    """Of each level, `[N, channels, h, w]`, the coarsest first."""


class Encoder(nn.Module):
    """Residual and condition to the law of the vector, read from the coarsest level as a whole, and to features."""

    def __init__(self, planes: int, side: int, size: Size) -> None:
        """Make the network for conditions of so many planes."""
        super().__init__()
        self._patch = patch(side)
        channels = [size.channels * multiple for multiple in size.multiples]
        self.first = nn.Conv2d((3 + planes) * self._patch**2, channels[0], 3, padding=1)
        self.blocks = nn.ModuleList(Block(a, b) for a, b in zip([channels[0], *channels], channels, strict=False))
        self.vector = nn.Linear(channels[-1] * coarsest(side, size) ** 2, 2 * size.latent)

    def forward(self, residual: Tensor, planes: Tensor) -> Seen:
        """Return what residuals `[N, 3, H, W]` say."""
        hidden = self.first(pixel_unshuffle(torch.cat([residual, planes], 1), self._patch))
        features: list[Tensor] = []
        for level, block in enumerate(self.blocks):
            hidden = block(avg_pool2d(hidden, 2) if level else hidden)
            features.insert(0, hidden)
        return Seen(Normal(*self.vector(silu(hidden).flatten(1)).float().chunk(2, 1)), features)


class Field(nn.Module):
    """A field of latent variables: its prior, of the decoder's features, its posterior, of the encoder's as well."""

    def __init__(self, inputs: int, channels: int, field: int) -> None:
        """Make both laws from so many channels of the decoder and of the encoder."""
        super().__init__()
        self.prior, self.posterior = (
            nn.Sequential(
                nn.SiLU(),
                nn.Conv2d(number, channels, 3, padding=1),
                nn.SiLU(),
                zeroed(nn.Conv2d(channels, 2 * field, 1)),
            )
            for number in (inputs, inputs + channels)
        )

    def forward(self, hidden: Tensor, features: Tensor | None, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Return a draw `[N, field, h, w]` and its divergence `[N]`: of the prior, and 0, without features."""
        prior, posterior = bounded(self.prior(hidden).to(noise.dtype), MOST_SPREAD), None
        if features is not None:
            posterior = bounded(self.posterior(torch.cat([hidden, features], 1)).to(noise.dtype), MOST_SPREAD)
        return latent(prior, posterior, noise)


class Decoder(nn.Module):
    """A U-Net of the condition; the vector scales and shifts each block, and a field enters at each level upwards."""

    def __init__(self, planes: int, side: int, size: Size, field: int) -> None:
        """Make the network for conditions of so many planes; `field` channels, or 0 for a vector alone."""
        super().__init__()
        self._patch = patch(side)
        channels = [size.channels * multiple for multiple in size.multiples]
        width = 2 * size.channels
        self.code = nn.Sequential(nn.Linear(size.latent, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU())
        self.first = nn.Conv2d(max(planes, 1) * self._patch**2, channels[0], 3, padding=1)
        self.down = nn.ModuleList(Block(a, b, width) for a, b in zip([channels[0], *channels], channels, strict=False))
        self.spread = nn.Linear(size.latent, size.channels * coarsest(side, size) ** 2)
        self.middle = Block(channels[-1] + size.channels, channels[-1], width)
        self.fields, self.up = nn.ModuleList(), nn.ModuleList()
        inputs = channels[-1]
        for outputs in reversed(channels):
            if field:
                self.fields.append(Field(inputs + outputs, outputs, field))
            self.up.append(Block(inputs + outputs + field, outputs, width))
            inputs = outputs
        self.last = nn.Conv2d(inputs, 3 * self._patch**2, 3, padding=1)

    def forward(self, planes: Tensor, noise: Sequence[Tensor], seen: Seen | None) -> tuple[Tensor, Tensor]:
        """Return the decoder's mean, `float32[N, 3, H, W]`, and the divergence `[N]` of posteriors from priors.

        Latent variables come from noise of the vector and of each field: by their posterior of what is seen of images,
        or, where nothing is, by their prior.
        """
        vector, divergence = latent(standard(noise[0]), None if seen is None else seen.vector, noise[0])
        code = self.code(vector)
        hidden = self.first(pixel_unshuffle(some_plane(planes), self._patch))
        skips = []
        for level, block in enumerate(self.down):
            hidden = block(avg_pool2d(hidden, 2) if level else hidden, code)
            skips.append(hidden)
        hidden = self.middle(torch.cat([hidden, self.spread(vector).unflatten(1, (-1, *hidden.shape[2:]))], 1), code)
        for level, block in enumerate(self.up):
            hidden = torch.cat([interpolate(hidden, scale_factor=2.0) if level else hidden, skips.pop()], 1)
            if self.fields:
                features = None if seen is None else seen.features[level]
                drawn, own = self.fields[level](hidden, features, noise[1 + level])
                hidden, divergence = torch.cat([hidden, drawn], 1), divergence + own
            hidden = block(hidden, code)
        return cast(Tensor, pixel_shuffle(self.last(silu(hidden)), self._patch).float()), divergence


def latent(prior: Normal, posterior: Normal | None, noise: Tensor) -> tuple[Tensor, Tensor]:
    """Return a draw `[N, …]` and its divergence `[N]`: of the prior, and 0, where there is no posterior."""
    if posterior is None:
        return prior.draw(noise), noise.new_zeros(len(noise))
    return posterior.draw(noise), posterior.divergence(prior)


def coarsest(side: int, size: Size) -> int:
    """Return the side of the coarsest level, for images of so many pixels."""
    return int(side // patch(side) // 2 ** (len(size.multiples) - 1))


class VaeModel(Model):
    """Encoder and decoder."""

    variance: Tensor
    """Of the decoder's law, in squares of what is modelled: a running mean of squared errors."""

    def __init__(self, task: Task, size: Size, pixel_noise: float) -> None:
        super().__init__(task)
        side = task.space.shape[1]
        field = size.field if "image" in task.examples("test")[0].condition else 0
        self.encoder = Encoder(self.form.planes, side, size)
        self.decoder = Decoder(self.form.planes, side, size, field)
        self.register_buffer("variance", torch.ones(()))
        sides = [coarsest(side, size) * 2**level for level in range(len(self.decoder.fields))]
        self.posterior_shapes = [(size.latent,), *((field, each, each) for each in sides)]
        self.noise_shapes = [*self.posterior_shapes, *([task.space.shape] if pixel_noise else [])]
        self._pixel_noise = pixel_noise
        self.to(memory_format=torch.channels_last)

    def draw(self, given: Given, noise: Sequence[Tensor]) -> Tensor:
        """Return the decoder's mean, and its noise where that is wanted."""
        mean, _ = self.decoder(given.planes, noise, None)
        return mean + self._pixel_noise * self.variance.sqrt() * noise[-1] if self._pixel_noise else mean

    def log_parts(self, given: Given, residual: Tensor, noise: Sequence[Tensor]) -> Mapping[str, Tensor]:
        """Return the bound's two terms: `error`, the log density of the residual, and `divergence`, minus the KL.

        While training, the variance is that of the batch, and the running mean follows it.
        """
        mean, divergence = self.decoder(given.planes, noise, self.encoder(residual, given.planes))
        number = num_open(given, residual)
        squared = (residual - self.form.free(mean, given)).square().flatten(1).sum(1)
        variance = self.variance
        if self.training and torch.is_grad_enabled():
            variance = (squared.sum() / number.sum()).clamp_min(LEAST_VARIANCE)
            self.variance.lerp_(variance.detach(), FORGOTTEN)
        error = -(squared / variance + number * (2 * math.pi * variance).log()) / 2
        return {"error": error, "divergence": -divergence}
