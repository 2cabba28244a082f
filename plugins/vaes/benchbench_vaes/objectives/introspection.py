"""The objective of IntroVAE (Huang et al., NeurIPS 2018): the encoder judges by the divergence of codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import torch
from benchbench_gans.objectives import Terms
from torch import Tensor

from benchbench_vaes.losses.introspection import encoder_loss, generator_loss
from benchbench_vaes.losses.normal import divergence
from benchbench_vaes.objectives.objective import Error, Given, Networks, Objective, Update, decoded, encoded, shown

FOLLOWED = 0.02
"""Weight of a step in the running mean of the warm VAE's divergence."""
ABOVE = 1.2
"""Margin over that divergence, where none is given."""


class Weights(NamedTuple):
    """Of the terms, beside the divergence of real samples."""

    alpha: float
    """Of the divergences of reconstructions and samples."""
    beta: float
    """Of the error."""


class Introspection(Objective):
    """First a VAE; then the encoder holds samples' codes off the prior, up to a margin, and the decoder draws them in.

    Encoder and decoder have updates of their own, each on fresh graphs.
    """

    phases = ("warm-up", "play")
    divergence: Tensor
    """Running mean of the divergence of real samples while warming up."""

    def __init__(self, error: Error, weights: Weights, margin: float | None, warm_up: int, world_size: int = 1) -> None:
        """Take the number of steps of the warm-up; without a margin it is 1.2 times the divergence at its end."""
        super().__init__()
        self._error, (self._alpha, self._beta) = error, weights
        self._margin, self._warm_up, self._world_size = margin, warm_up, world_size
        self.register_buffer("divergence", torch.zeros(()))

    def phase(self, index: int) -> str:
        """Return `warm-up`, then `play`."""
        return self.phases[index >= self._warm_up]

    def updates(self, phase: str) -> tuple[Update, ...]:
        """Return the one update of a VAE, or the two of the game."""
        if phase == "warm-up":
            return (Update(("encoder", "decoder"), self.warming),)
        return (Update(("encoder",), self.encoding), Update(("decoder",), self.generating))

    @property
    def margin(self) -> Tensor:
        """m, a scalar."""
        if self._margin is None:
            return ABOVE * self.divergence
        return torch.full_like(self.divergence, self._margin)

    def warming(self, networks: Networks, given: Given) -> Terms:
        """Return E KL + β L_AE."""
        law, codes = encoded(networks, given)
        kl = divergence(law).mean()
        error = self._error(given["real"], decoded(networks, codes)).mean()
        return Terms(kl + self._beta * error, shown(divergence=kl, error=error))

    def encoding(self, networks: Networks, given: Given) -> Terms:
        """Return L_E; the samples whose codes are held off take no gradient."""
        law, codes = encoded(networks, given)
        made = [decoded(networks, each) for each in (codes, given["prior"])]
        real, fake = divergence(law), [divergence(networks["encoder"](each.detach())) for each in made]
        error = self._error(given["real"], made[0]).mean()
        total = encoder_loss(real, fake, self._beta * error, self.margin, self._alpha)
        found = shown(divergence=real.mean(), error=error)
        return Terms(total, found | shown(divergence_reconstructed=fake[0].mean(), divergence_sampled=fake[1].mean()))

    def generating(self, networks: Networks, given: Given) -> Terms:
        """Return L_G; the codes of real samples take no gradient."""
        _, codes = encoded(networks, given)
        made = [decoded(networks, each) for each in (codes.detach(), given["prior"])]
        fake = [divergence(networks["encoder"](each)) for each in made]
        error = self._error(given["real"], made[0]).mean()
        total = generator_loss(fake, self._beta * error, self._alpha)
        return Terms(total, shown(generator=total))

    def advance(self, phase: str, shown: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Follow the divergence while warming up; show the margin."""
        if phase == "warm-up":
            new = shown["divergence"].clone()
            if self._world_size > 1:
                torch.distributed.all_reduce(new)
                new = new / self._world_size
            first = (self.divergence == 0).float()
            self.divergence.lerp_(new, first + (1 - first) * FOLLOWED)
        return {"margin": self.margin.clone()}
