"""Networks of a family, in the sizes of a task."""

from __future__ import annotations

import dataclasses

from benchbench_gans.networks.discriminator import Autoencoder, Discriminator
from benchbench_gans.networks.families import Name, family
from benchbench_gans.networks.generator import Generator, Law
from benchbench_gans.networks.sizes import Sizes


def make_generator(name: Name, sizes: Sizes, law: Law = "normal") -> Generator:
    """Return a generator with initial weights."""
    return Generator(family(name).generator(sizes), sizes, law)


def make_discriminator(name: Name, sizes: Sizes, labelled: bool = True) -> Discriminator:
    """Return a discriminator with initial weights; it sees the labels, if there are classes, where it is `labelled`."""
    build = family(name).discriminator
    assert build is not None, f"{name} has no discriminator"
    seen = sizes if labelled else dataclasses.replace(sizes, num_classes=0)
    return Discriminator(build(seen), sizes, labelled)


def make_autoencoder(name: Name, sizes: Sizes) -> Autoencoder:
    """Return an autoencoder with initial weights; it sees the labels, if there are classes."""
    encoder, decoder = family(name).encoder, family(name).decoder
    assert encoder is not None, f"{name} has no encoder"
    assert decoder is not None, f"{name} has no decoder"
    return Autoencoder(encoder(sizes), decoder(sizes), sizes)
