"""How a training goes: the numbers that each method starts from; no torch here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Setting = Literal["points", "small", "paper"]
"""`points`: both sizes are the same. `small`, `paper`: of images."""


@dataclass(frozen=True)
class Recipe:
    """Numbers of a training."""

    num_steps: int
    """Updates of the generator."""
    batch: int
    """Packs that an update of either network sees."""
    generator_rate: float
    discriminator_rate: float
    latent: int
    """Dimensions of z."""
    width: int
    """Of the networks: see `Sizes`."""
    code: int = 16
    """Values of an autoencoder's code."""
    critic_updates: int = 1
    """Updates of the discriminator for one of the generator."""
    optimizer: Literal["adam", "rmsprop"] = "adam"
    betas: tuple[float, float] = (0.5, 0.999)
    """Adam's."""
    falling: float = 0.0
    """The share of the steps, at the end, over which the rates fall to 0."""
    halved_every: int = 0
    """Steps after which the rates are halved, down to a quarter; 0: never."""
    average: float = 0.0
    """Decay of the moving average of the generator; 0: the last weights are kept."""
    save_every: int = 1000
    """Steps from one saved state to the next."""
    halved: bool = False
    """Kernels are kept as float16."""
    norm: Literal["batch", "spectral", "none"] = "batch"
    """Of a convolutional discriminator."""
    waves: int = 0
    """Random Fourier features through which a discriminator of values sees points."""


RECIPES: dict[Setting, Recipe] = {
    "points": Recipe(
        num_steps=3000,
        batch=64,
        generator_rate=2e-3,
        discriminator_rate=2e-3,
        latent=2,
        width=128,
        betas=(0.5, 0.9),
        falling=1 / 2,
        average=0.995,
        halved=True,
        norm="none",
    ),
    "small": Recipe(
        num_steps=1500,
        batch=32,
        generator_rate=1e-3,
        discriminator_rate=4e-4,
        latent=32,
        width=16,
        falling=1 / 3,
        average=0.995,
        halved=True,
    ),
    "paper": Recipe(
        num_steps=100_000,
        batch=64,
        generator_rate=2e-4,
        discriminator_rate=2e-4,
        latent=100,
        width=64,
        save_every=5000,
    ),
}
