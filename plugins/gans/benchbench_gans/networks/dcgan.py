"""The networks of DCGAN (Radford, Metz & Chintala, ICLR 2016): transposed convolutions of 4 x 4 from a 4 x 4 image."""

from __future__ import annotations

from torch import nn

from benchbench_gans.networks.families import Family
from benchbench_gans.networks.layers import Reshape, initialized, normalized, weighted
from benchbench_gans.networks.sizes import Sizes

DEVIATION = 0.02


def _generator(sizes: Sizes) -> nn.Module:
    channels = sizes.width * 2 ** (sizes.halvings - 1)
    layers: list[nn.Module] = [
        Reshape(sizes.seeds, 1, 1),
        nn.ConvTranspose2d(sizes.seeds, channels, 4, 1, 0, bias=False),
    ]
    for _ in range(sizes.halvings - 1):
        layers += [nn.BatchNorm2d(channels), nn.ReLU()]
        layers.append(nn.ConvTranspose2d(channels, channels // 2, 4, 2, 1, bias=False))
        channels //= 2
    layers += [nn.BatchNorm2d(channels), nn.ReLU()]
    layers += [nn.ConvTranspose2d(channels, sizes.shape[0], 4, 2, 1, bias=False), nn.Tanh()]
    return initialized(nn.Sequential(*layers), DEVIATION)


def _discriminator(sizes: Sizes) -> nn.Module:
    layers: list[nn.Module] = []
    inputs = sizes.channels
    for level in range(sizes.halvings):
        outputs = sizes.width * 2**level
        norm = sizes.norm if level or sizes.norm != "batch" else "none"
        layers += [weighted(nn.Conv2d(inputs, outputs, 4, 2, 1, bias=False), norm), normalized(outputs, norm)]
        layers.append(nn.LeakyReLU(0.2))
        inputs = outputs
    layers += [weighted(nn.Conv2d(inputs, sizes.outputs, 4, 1, 0, bias=False), sizes.norm), nn.Flatten()]
    body = nn.Sequential(*layers)
    return body if sizes.norm == "spectral" else initialized(body, DEVIATION)


FAMILY = Family(_generator, _discriminator)
