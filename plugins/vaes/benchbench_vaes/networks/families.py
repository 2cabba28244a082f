"""Which module builds the bodies of a family: those of this plugin, and those that GANs have too."""

from __future__ import annotations

import importlib
from typing import Literal

from benchbench_gans.networks.families import Family

Name = Literal["perceptron", "compact", "dcgan", "one_layer", "vae_gan", "introvae"]
OWN = ("one_layer", "vae_gan", "introvae")


def family(name: Name) -> Family:
    """Return the family that the module of this name defines as `FAMILY`."""
    package = "benchbench_vaes" if name in OWN else "benchbench_gans"
    found: Family = importlib.import_module(f"{package}.networks.{name}").FAMILY
    return found
