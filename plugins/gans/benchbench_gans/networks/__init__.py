"""The networks: they take sizes, and know no method."""

from __future__ import annotations

from benchbench_gans.networks.build import make_autoencoder, make_discriminator, make_generator
from benchbench_gans.networks.discriminator import Autoencoder, Discriminator, Reconstruction
from benchbench_gans.networks.generator import Generator
from benchbench_gans.networks.sizes import Sizes

__all__ = [
    "Autoencoder",
    "Discriminator",
    "Generator",
    "Reconstruction",
    "Sizes",
    "make_autoencoder",
    "make_discriminator",
    "make_generator",
]
