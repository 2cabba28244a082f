"""The residual networks of IntroVAE (Huang et al., NeurIPS 2018): the judge is the encoder itself."""

from __future__ import annotations

from benchbench_gans.networks.families import Family
from benchbench_gans.networks.layers import Enlarge, Reshape, Residual
from benchbench_gans.networks.sizes import Sizes
from torch import nn

MOST = 512
"""Channels; they double with each halving of the side up to here."""


def channels_of(sizes: Sizes) -> list[int]:
    """Return the channels of each level, the finest first: at 256 px and width 32, 32 64 128 256 512 512."""
    return [min(MOST, sizes.width * 2**level) for level in range(sizes.halvings)]


def _encoder(sizes: Sizes) -> nn.Module:
    first, *others = channels_of(sizes)
    layers: list[nn.Module] = [nn.Conv2d(sizes.channels, first, 5, 1, 2, bias=False), nn.BatchNorm2d(first)]
    layers += [nn.LeakyReLU(0.2), nn.AvgPool2d(2)]
    inputs = first
    for outputs in others:
        layers += [_block(inputs, outputs), nn.AvgPool2d(2)]
        inputs = outputs
    return nn.Sequential(*layers, _block(inputs, inputs), nn.Flatten(), nn.Linear(inputs * 16, sizes.code))


def _decoder(sizes: Sizes) -> nn.Module:
    inputs = channels_of(sizes)[-1]
    layers: list[nn.Module] = [nn.Linear(sizes.seeds, inputs * 16), nn.ReLU(), Reshape(inputs, 4, 4)]
    for outputs in reversed(channels_of(sizes)):
        layers += [_block(inputs, outputs), Enlarge()]
        inputs = outputs
    return nn.Sequential(*layers, _block(inputs, inputs), nn.Conv2d(inputs, sizes.shape[0], 5, 1, 2))


def _block(inputs: int, outputs: int) -> nn.Module:
    path = nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, 1, 1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.LeakyReLU(0.2),
        nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False),
    )
    shortcut = nn.Identity() if inputs == outputs else nn.Conv2d(inputs, outputs, 1, bias=False)
    return nn.Sequential(Residual(path, shortcut), nn.BatchNorm2d(outputs), nn.LeakyReLU(0.2))


FAMILY = Family(_decoder, encoder=_encoder)
