"""What each method's objective is made of; nothing heavy is imported here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Terms:
    """The paths of an objective, and the weights of what is added to its adversarial losses."""

    encoded: bool = False
    """The path that starts from B: z from E(B), judged by D, and drawn to B."""
    random: bool = False
    """The path that starts from z ~ N(0, I), judged by D2."""
    sampled: bool = False
    """On the encoded path z is drawn from E's normal law, which is drawn to N(0, I); otherwise z is its mean."""
    latent: Literal["none", "generator", "both"] = "none"
    """Whom the error of z found in G(A, z) updates."""
    reconstruction_weight: float = 0.0
    kl_weight: float = 0.0
    latent_weight: float = 0.0
