"""How a training goes: the numbers that each method starts from; no torch here."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from benchbench_gans.recipes import RECIPES as OF_GANS
from benchbench_gans.recipes import Recipe, Setting

RECIPES: Mapping[Setting, Recipe] = {
    "points": dataclasses.replace(OF_GANS["points"], latent=2),
    "small": dataclasses.replace(OF_GANS["small"], latent=16, batch=64),
    "paper": OF_GANS["paper"],
}
"""`generator_rate` is that of encoder and decoder, `discriminator_rate` that of every classifier."""
