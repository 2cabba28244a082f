"""What a network is built for, in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Norm = Literal["batch", "spectral", "none"]
"""Of a discriminator: `batch`, `spectral` (weights by their largest singular value), or nothing."""


@dataclass(frozen=True)
class Sizes:
    """Samples, noise and classes of a task, and the widths of the networks that serve it."""

    shape: tuple[int, ...]
    """Of a sample: `(3, S, S)`, S a power of two from 16, or `(D,)`."""
    latent: int
    """Dimensions of z."""
    width: int
    """Units of a perceptron's layer; channels of the widest image of a convolutional network."""
    num_classes: int = 0
    """0: unconditional."""
    packing: int = 1
    """Samples that a discriminator sees at once."""
    outputs: int = 1
    """Values that a discriminator gives for what it sees."""
    code: int = 16
    """Values of an autoencoder's code."""
    norm: Norm = "none"
    waves: int = 0
    """Random Fourier features through which a discriminator of values sees points."""

    @property
    def channels(self) -> int:
        """Channels (or coordinates) of what a discriminator sees: the samples of a pack, and a one-hot label."""
        return self.shape[0] * self.packing + self.num_classes

    @property
    def seeds(self) -> int:
        """What a generator's body takes: z, and a one-hot label."""
        return self.latent + self.num_classes

    @property
    def halvings(self) -> int:
        """How often the side is halved down to 4."""
        return self.shape[-1].bit_length() - 3
