"""The convolutional networks of EBGAN (Zhao et al., ICLR 2017): DCGAN's generator, an autoencoder of half its depth."""

from __future__ import annotations

from torch import nn

from benchbench_gans.networks import dcgan
from benchbench_gans.networks.families import Family
from benchbench_gans.networks.layers import initialized
from benchbench_gans.networks.sizes import Sizes

DEVIATION = 0.002
LEVELS = 3


def _encoder(sizes: Sizes) -> nn.Module:
    layers: list[nn.Module] = []
    inputs = sizes.channels
    for level in range(LEVELS):
        outputs = sizes.width * 2**level
        layers.append(nn.Conv2d(inputs, outputs, 4, 2, 1))
        layers += [nn.BatchNorm2d(outputs)] if level else []
        layers.append(nn.LeakyReLU(0.2))
        inputs = outputs
    return initialized(nn.Sequential(*layers), DEVIATION)


def _decoder(sizes: Sizes) -> nn.Module:
    layers: list[nn.Module] = []
    channels = sizes.width * 2 ** (LEVELS - 1)
    for _ in range(LEVELS - 1):
        layers += [nn.ConvTranspose2d(channels, channels // 2, 4, 2, 1), nn.BatchNorm2d(channels // 2)]
        layers.append(nn.LeakyReLU(0.2))
        channels //= 2
    layers.append(nn.ConvTranspose2d(channels, sizes.shape[0] * sizes.packing, 4, 2, 1))
    return initialized(nn.Sequential(*layers), DEVIATION)


FAMILY = Family(dcgan.FAMILY.generator, encoder=_encoder, decoder=_decoder)
