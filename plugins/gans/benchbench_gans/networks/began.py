"""The networks of BEGAN (Berthelot et al., 2017): ELU, no norm; the generator is built as the decoder is."""

from __future__ import annotations

from torch import nn

from benchbench_gans.networks.families import Family
from benchbench_gans.networks.layers import Enlarge, Reshape
from benchbench_gans.networks.sizes import Sizes

START = 8
"""The side of the smallest image."""


def _generator(sizes: Sizes) -> nn.Module:
    return _growing(sizes.seeds, sizes.shape[0], sizes)


def _decoder(sizes: Sizes) -> nn.Module:
    return _growing(sizes.code, sizes.shape[0] * sizes.packing, sizes)


def _growing(inputs: int, outputs: int, sizes: Sizes) -> nn.Module:
    width, scales = sizes.width, sizes.halvings
    layers: list[nn.Module] = [nn.Linear(inputs, width * START**2), Reshape(width, START, START)]
    for scale in range(scales):
        layers += [*_convolution(width, width), *_convolution(width, width)]
        layers += [Enlarge()] if scale < scales - 1 else []
    return nn.Sequential(*layers, nn.Conv2d(width, outputs, 3, 1, 1))


def _encoder(sizes: Sizes) -> nn.Module:
    width, scales = sizes.width, sizes.halvings
    layers = _convolution(sizes.channels, width)
    inputs = width
    for scale in range(1, scales + 1):
        outputs = scale * width
        layers += [*_convolution(inputs, outputs), *_convolution(outputs, outputs)]
        layers += _convolution(outputs, outputs, stride=2) if scale < scales else []
        inputs = outputs
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(inputs * START**2, sizes.code))


def _convolution(inputs: int, outputs: int, stride: int = 1) -> list[nn.Module]:
    return [nn.Conv2d(inputs, outputs, 3, stride, 1), nn.ELU()]


FAMILY = Family(_generator, encoder=_encoder, decoder=_decoder)
