"""The networks by which WGAN-GP's code learns CIFAR-10 (Gulrajani et al., NIPS 2017): convolutions of 5 x 5."""

from __future__ import annotations

from torch import nn

from benchbench_gans.networks.families import Family
from benchbench_gans.networks.layers import Reshape
from benchbench_gans.networks.sizes import Sizes


def _generator(sizes: Sizes) -> nn.Module:
    channels = sizes.width * 2 ** (sizes.halvings - 1)
    layers: list[nn.Module] = [nn.Linear(sizes.seeds, channels * 16), Reshape(channels, 4, 4)]
    layers += [nn.BatchNorm2d(channels), nn.ReLU()]
    for _ in range(sizes.halvings - 1):
        layers += [_doubling(channels, channels // 2), nn.BatchNorm2d(channels // 2), nn.ReLU()]
        channels //= 2
    return nn.Sequential(*layers, _doubling(channels, sizes.shape[0]), nn.Tanh())


def _discriminator(sizes: Sizes) -> nn.Module:
    layers: list[nn.Module] = []
    inputs = sizes.channels
    for level in range(sizes.halvings):
        outputs = sizes.width * 2**level
        layers += [nn.Conv2d(inputs, outputs, 5, 2, 2), nn.LeakyReLU(0.2)]
        inputs = outputs
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(inputs * 16, sizes.outputs))


def _doubling(inputs: int, outputs: int) -> nn.Module:
    return nn.ConvTranspose2d(inputs, outputs, 5, 2, 2, output_padding=1)


FAMILY = Family(_generator, _discriminator)
