"""Perceptrons, for points and, as in the first GAN, for images as rows of pixels."""

from __future__ import annotations

import math

from torch import nn

from benchbench_gans.networks.families import Family
from benchbench_gans.networks.layers import Reshape, perceptron
from benchbench_gans.networks.sizes import Sizes

HIDDEN = 2
"""Layers between the first and the last."""


def _generator(sizes: Sizes) -> nn.Module:
    layers = perceptron([sizes.seeds, *[sizes.width] * HIDDEN, math.prod(sizes.shape)], nn.ReLU)
    return nn.Sequential(layers, *_images(sizes.shape))


def _discriminator(sizes: Sizes) -> nn.Module:
    widths = [_seen(sizes), *[sizes.width] * HIDDEN, sizes.outputs]
    return nn.Sequential(nn.Flatten(), perceptron(widths, _leaky, sizes.norm))


def _encoder(sizes: Sizes) -> nn.Module:
    return nn.Sequential(nn.Flatten(), perceptron([_seen(sizes), sizes.width, sizes.width, sizes.code], _leaky))


def _decoder(sizes: Sizes) -> nn.Module:
    shape = (sizes.shape[0] * sizes.packing, *sizes.shape[1:])
    return nn.Sequential(perceptron([sizes.code, sizes.width, sizes.width, math.prod(shape)], _leaky), Reshape(*shape))


def _images(shape: tuple[int, ...]) -> list[nn.Module]:
    return [Reshape(*shape), nn.Tanh()] if len(shape) == 3 else []


def _seen(sizes: Sizes) -> int:
    return sizes.channels * math.prod(sizes.shape[1:])


def _leaky() -> nn.Module:
    return nn.LeakyReLU(0.2)


FAMILY = Family(_generator, _discriminator, _encoder, _decoder)
