"""The objective of VEEGAN (Srivastava et al., NIPS 2017): a reconstructor takes samples back to their noise."""

from __future__ import annotations

from benchbench_gans.losses import logistic
from benchbench_gans.objectives import Terms

from benchbench_vaes.losses.errors import latent_distance
from benchbench_vaes.objectives.objective import Given, Networks, Objective, Update, decoded, encoded, shown


class Pairs(Objective):
    """The judge tells (z, G(z)), class 1, from (F(x), x), class 0; F is the encoder, G the decoder."""

    def __init__(self, latent_weight: float) -> None:
        super().__init__()
        self._latent_weight = latent_weight

    def updates(self, phase: str) -> tuple[Update, ...]:
        """Return the judge's update, then that of F and G."""
        del phase
        return (Update(("judge",), self.judging), Update(("encoder", "decoder"), self.generating))

    def judging(self, networks: Networks, given: Given) -> Terms:
        """Return the logistic loss of both kinds of pairs, which take no gradient."""
        _, codes = encoded(networks, given)
        judge, made = networks["judge"], decoded(networks, given["prior"])
        loss = logistic.discriminator_loss(judge(given["prior"], made.detach()), judge(codes.detach(), given["real"]))
        return Terms(loss, shown(judge=loss))

    def generating(self, networks: Networks, given: Given) -> Terms:
        """Return E D(z, G(z)) + weight × E ‖z - F(G(z))‖², D the logit; F takes the gradient of the second alone."""
        made = decoded(networks, given["prior"])
        ratio = networks["judge"](given["prior"], made).mean()
        distance = latent_distance(given["prior"], networks["encoder"](made).mean).mean()
        return Terms(ratio + self._latent_weight * distance, shown(generator=ratio, distance=distance))
