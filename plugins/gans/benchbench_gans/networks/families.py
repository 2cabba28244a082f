"""A family of networks: how the bodies of generator, discriminator and autoencoder are built; found by name."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from torch import nn

from benchbench_gans.networks.sizes import Sizes

Name = Literal["perceptron", "compact", "dcgan", "wgan_gp", "resnet", "ebgan", "began"]
Build = Callable[[Sizes], nn.Module]


@dataclass(frozen=True)
class Family:
    """What builds the bodies; a family need not have all of them."""

    generator: Build
    """`[N, seeds]` to `[N, *shape]`."""
    discriminator: Build | None = None
    """`[N, channels, …]` to `[N, outputs]`."""
    encoder: Build | None = None
    """`[N, channels, …]` to codes `[N, …]`."""
    decoder: Build | None = None
    """Codes to `[N, packing * shape[0], …]`."""


def family(name: Name) -> Family:
    """Return the family that the module of this name defines as `FAMILY`."""
    found: Family = importlib.import_module(f"benchbench_gans.networks.{name}").FAMILY
    return found
