"""The objective of the VAE: the evidence lower bound (Kingma & Welling, ICLR 2014, equation 10)."""

from __future__ import annotations

from benchbench_gans.objectives import Terms

from benchbench_vaes.losses.normal import divergence
from benchbench_vaes.objectives.objective import Error, Given, Networks, Objective, Update, decoded, encoded, shown


class Bound(Objective):
    """Encoder and decoder descend error + weight × divergence; with weight 1 minus the bound, but for a constant."""

    def __init__(self, error: Error, kl_weight: float) -> None:
        super().__init__()
        self._error, self._kl_weight = error, kl_weight

    def updates(self, phase: str) -> tuple[Update, ...]:
        """Return the one update of both networks."""
        del phase
        return (Update(("encoder", "decoder"), self.bound),)

    def bound(self, networks: Networks, given: Given) -> Terms:
        """Return E error + weight × E KL of a batch."""
        law, codes = encoded(networks, given)
        error = self._error(given["real"], decoded(networks, codes)).mean()
        kl = divergence(law).mean()
        return Terms(error + self._kl_weight * kl, shown(error=error, divergence=kl))
