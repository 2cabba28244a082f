"""Convolutional networks for minutes on a CPU core: convolve, then enlarge by the nearest neighbour."""

from __future__ import annotations

from torch import nn

from benchbench_gans.networks.families import Family
from benchbench_gans.networks.layers import Enlarge, Reshape, normalized, weighted
from benchbench_gans.networks.sizes import Norm, Sizes


def _generator(sizes: Sizes) -> nn.Module:
    return nn.Sequential(*_growing(sizes.seeds, sizes.shape[0], sizes, batch_norm=True), nn.Tanh())


def _discriminator(sizes: Sizes) -> nn.Module:
    return nn.Sequential(*_shrinking(sizes), nn.Flatten(), weighted(nn.Linear(_wide(sizes), sizes.outputs), sizes.norm))


def _encoder(sizes: Sizes) -> nn.Module:
    return nn.Sequential(*_shrinking(sizes), nn.Flatten(), nn.Linear(_wide(sizes), sizes.code))


def _decoder(sizes: Sizes) -> nn.Module:
    return nn.Sequential(*_growing(sizes.code, sizes.shape[0] * sizes.packing, sizes, batch_norm=False))


def _growing(inputs: int, outputs: int, sizes: Sizes, batch_norm: bool) -> list[nn.Module]:
    """Return the layers from rows to images; the channels halve with each doubling of the side."""
    channels = sizes.width * 2 ** (sizes.halvings - 1)
    norm: Norm = "batch" if batch_norm else "none"
    layers: list[nn.Module] = [nn.Linear(inputs, channels * 16), Reshape(channels, 4, 4), normalized(channels, norm)]
    layers.append(nn.ReLU())
    for _ in range(sizes.halvings):
        fewer = max(channels // 2, sizes.width)
        layers += [nn.Conv2d(channels, fewer, 3, 1, 1), normalized(fewer, norm), nn.ReLU(), Enlarge()]
        channels = fewer
    return [*layers, nn.Conv2d(channels, outputs, 3, 1, 1)]


def _shrinking(sizes: Sizes) -> list[nn.Module]:
    """Return the layers from what is seen to `[N, …, 4, 4]`; the channels double with each halving of the side."""
    layers: list[nn.Module] = []
    inputs = sizes.channels
    for level in range(sizes.halvings):
        outputs = sizes.width * 2**level
        norm = sizes.norm if level or sizes.norm != "batch" else "none"
        layers += [weighted(nn.Conv2d(inputs, outputs, 4, 2, 1), norm), normalized(outputs, norm), nn.LeakyReLU(0.2)]
        inputs = outputs
    return layers


def _wide(sizes: Sizes) -> int:
    return int(sizes.width * 2 ** (sizes.halvings - 1) * 16)


FAMILY = Family(_generator, _discriminator, _encoder, _decoder)
