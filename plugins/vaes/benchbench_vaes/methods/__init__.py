"""The methods, one or two a file: their options, networks and numbers; nothing heavy is imported here."""

from __future__ import annotations

from benchbench_vaes.methods.aae import Aae
from benchbench_vaes.methods.autoencoding import Autoencoding
from benchbench_vaes.methods.introvae import IntroVae
from benchbench_vaes.methods.vae import Vae
from benchbench_vaes.methods.vae_gan import VaeGan
from benchbench_vaes.methods.veegan import Veegan
from benchbench_vaes.methods.vgh import Vgh, VghPlus

METHODS: tuple[type[Autoencoding], ...] = (Vae, VaeGan, Aae, Veegan, Vgh, VghPlus, IntroVae)

__all__ = ["METHODS", "Aae", "Autoencoding", "IntroVae", "Vae", "VaeGan", "Veegan", "Vgh", "VghPlus"]
