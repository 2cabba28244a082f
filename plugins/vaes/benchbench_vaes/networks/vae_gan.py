"""The networks of VAE-GAN (Larsen et al., ICML 2016): convolutions of 5 x 5; the side is halved three times."""

from __future__ import annotations

from benchbench_gans.networks.families import Family
from benchbench_gans.networks.layers import Reshape
from benchbench_gans.networks.sizes import Sizes
from torch import nn

HALVINGS = 3


def _encoder(sizes: Sizes) -> nn.Module:
    width = sizes.width
    layers: list[nn.Module] = []
    inputs = sizes.channels
    for outputs in (width, 2 * width, 4 * width):
        layers += _halving(inputs, outputs)
        inputs = outputs
    seen, hidden = inputs * _smallest(sizes) ** 2, 16 * width
    layers += [nn.Flatten(), nn.Linear(seen, hidden), nn.BatchNorm1d(hidden), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(hidden, sizes.code))


def _decoder(sizes: Sizes) -> nn.Module:
    width, start = sizes.width, _smallest(sizes)
    channels = 4 * width
    layers: list[nn.Module] = [nn.Linear(sizes.seeds, channels * start**2), nn.BatchNorm1d(channels * start**2)]
    layers += [nn.ReLU(), Reshape(channels, start, start)]
    for outputs in (3 * width, 2 * width, width // 2):
        layers.append(nn.ConvTranspose2d(channels, outputs, 5, 2, 2, output_padding=1))
        layers += [nn.BatchNorm2d(outputs), nn.ReLU()]
        channels = outputs
    return nn.Sequential(*layers, nn.Conv2d(channels, sizes.shape[0], 5, 1, 2), nn.Tanh())


def _judge(sizes: Sizes) -> nn.Module:
    width = sizes.width
    inputs = width // 2
    layers: list[nn.Module] = [nn.Conv2d(sizes.channels, inputs, 5, 1, 2), nn.ReLU()]
    for outputs in (2 * width, 3 * width, 4 * width):
        layers += _halving(inputs, outputs)
        inputs = outputs
    seen, hidden = inputs * _smallest(sizes) ** 2, 8 * width
    layers += [nn.Flatten(), nn.Linear(seen, hidden), nn.BatchNorm1d(hidden), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(hidden, sizes.outputs))


def _halving(inputs: int, outputs: int) -> list[nn.Module]:
    return [nn.Conv2d(inputs, outputs, 5, 2, 2), nn.BatchNorm2d(outputs), nn.ReLU()]


def _smallest(sizes: Sizes) -> int:
    return int(sizes.shape[-1]) >> HALVINGS


FAMILY = Family(_decoder, _judge, encoder=_encoder)
