"""The residual networks of SNGAN (Miyato et al., ICLR 2018) as for CIFAR-10: as many channels everywhere."""

from __future__ import annotations

from torch import nn

from benchbench_gans.networks.families import Family
from benchbench_gans.networks.layers import Enlarge, Reshape, Residual, SumPool, weighted
from benchbench_gans.networks.sizes import Norm, Sizes

KEPT = 2
"""Blocks of the discriminator that leave the side as it is; those before them halve it, down to 8."""


def _generator(sizes: Sizes) -> nn.Module:
    width = 2 * sizes.width
    layers: list[nn.Module] = [nn.Linear(sizes.seeds, width * 16), Reshape(width, 4, 4)]
    layers += [_up(width) for _ in range(sizes.halvings)]
    return nn.Sequential(
        *layers, nn.BatchNorm2d(width), nn.ReLU(), nn.Conv2d(width, sizes.shape[0], 3, 1, 1), nn.Tanh()
    )


def _discriminator(sizes: Sizes) -> nn.Module:
    width, norm = sizes.width, sizes.norm
    layers: list[nn.Module] = [_first(sizes.channels, width, norm)]
    layers += [_block(width, norm, halved=True) for _ in range(sizes.halvings - 2)]
    layers += [_block(width, norm, halved=False) for _ in range(KEPT)]
    return nn.Sequential(*layers, nn.ReLU(), SumPool(), weighted(nn.Linear(width, sizes.outputs), norm))


def _up(width: int) -> nn.Module:
    path = nn.Sequential(
        nn.BatchNorm2d(width),
        nn.ReLU(),
        Enlarge(),
        nn.Conv2d(width, width, 3, 1, 1),
        nn.BatchNorm2d(width),
        nn.ReLU(),
        nn.Conv2d(width, width, 3, 1, 1),
    )
    return Residual(path, nn.Sequential(Enlarge(), nn.Conv2d(width, width, 1)))


def _first(channels: int, width: int, norm: Norm) -> nn.Module:
    path = nn.Sequential(
        weighted(nn.Conv2d(channels, width, 3, 1, 1), norm),
        nn.ReLU(),
        weighted(nn.Conv2d(width, width, 3, 1, 1), norm),
        nn.AvgPool2d(2),
    )
    return Residual(path, nn.Sequential(nn.AvgPool2d(2), weighted(nn.Conv2d(channels, width, 1), norm)))


def _block(width: int, norm: Norm, halved: bool) -> nn.Module:
    pool = [nn.AvgPool2d(2)] if halved else []
    path = nn.Sequential(
        nn.ReLU(),
        weighted(nn.Conv2d(width, width, 3, 1, 1), norm),
        nn.ReLU(),
        weighted(nn.Conv2d(width, width, 3, 1, 1), norm),
        *pool,
    )
    shortcut = nn.Sequential(weighted(nn.Conv2d(width, width, 1), norm), *pool) if halved else nn.Identity()
    return Residual(path, shortcut)


FAMILY = Family(_generator, _discriminator)
