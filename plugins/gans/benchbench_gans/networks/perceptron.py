"""Perceptrons, for points and, as in the first GAN, for images as rows of pixels."""

from __future__ import annotations

import dataclasses
import math

from torch import nn

from benchbench_gans.networks.families import Family
from benchbench_gans.networks.layers import Reshape, Scaled, Waves, perceptron
from benchbench_gans.networks.sizes import Sizes

HIDDEN = 2
"""Layers between the first and the last."""
SCALE = 8.0
"""By which a judge sees points enlarged."""


def _generator(sizes: Sizes) -> nn.Module:
    layers = perceptron([sizes.seeds, *[sizes.width] * HIDDEN, math.prod(sizes.shape)], nn.ReLU)
    return nn.Sequential(layers, *_images(sizes.shape))


def _discriminator(sizes: Sizes) -> nn.Module:
    sight = _sight(sizes)
    widths = [sight.outputs if isinstance(sight, Waves) else _seen(sizes), *[sizes.width] * HIDDEN, sizes.outputs]
    return nn.Sequential(nn.Flatten(), sight, perceptron(widths, _leaky, sizes.norm))


def _encoder(sizes: Sizes) -> nn.Module:
    widths = [_seen(sizes), sizes.width, sizes.width, sizes.code]
    return nn.Sequential(nn.Flatten(), _sight(dataclasses.replace(sizes, waves=0)), perceptron(widths, _leaky))


def _decoder(sizes: Sizes) -> nn.Module:
    shape = (sizes.shape[0] * sizes.packing, *sizes.shape[1:])
    return nn.Sequential(perceptron([sizes.code, sizes.width, sizes.width, math.prod(shape)], _leaky), Reshape(*shape))


def _sight(sizes: Sizes) -> nn.Module:
    """Return what a judge sees points through: their modes are narrow beside their distances."""
    if len(sizes.shape) > 1:
        return nn.Identity()
    return Waves(_seen(sizes), sizes.waves) if sizes.waves else Scaled(SCALE)


def _images(shape: tuple[int, ...]) -> list[nn.Module]:
    return [Reshape(*shape), nn.Tanh()] if len(shape) == 3 else []


def _seen(sizes: Sizes) -> int:
    return sizes.channels * math.prod(sizes.shape[1:])


def _leaky() -> nn.Module:
    return nn.LeakyReLU(0.2)


FAMILY = Family(_generator, _discriminator, _encoder, _decoder)
