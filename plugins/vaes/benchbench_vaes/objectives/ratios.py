"""The objectives of VGH and VGH++ (Rosca et al., 2017 and 2018): classifiers estimate what a VAE has in closed form."""

from __future__ import annotations

import torch
from benchbench_gans.losses import logistic
from benchbench_gans.objectives import Terms

from benchbench_vaes.losses.ratios import estimated_divergence
from benchbench_vaes.objectives.adversarial_codes import judging_codes
from benchbench_vaes.objectives.objective import Error, Given, Networks, Objective, Update, decoded, encoded, shown


class Ratios(Objective):
    """A classifier of codes estimates KL(q(z) ‖ p(z)); with `of_samples` one of samples stands for the likelihood."""

    def __init__(self, error: Error, error_weight: float, of_samples: bool) -> None:
        super().__init__()
        self._error, self._error_weight, self._of_samples = error, error_weight, of_samples

    def updates(self, phase: str) -> tuple[Update, ...]:
        """Return the classifiers' updates, then that of encoder and decoder."""
        del phase
        judges = [Update(("code_judge",), judging_codes)]
        judges += [Update(("judge",), self.judging)] if self._of_samples else []
        return (*judges, Update(("encoder", "decoder"), self.matching))

    def judging(self, networks: Networks, given: Given) -> Terms:
        """Return the logistic loss of real samples (class 1) against reconstructions and samples, half of each."""
        _, codes = encoded(networks, given)
        made = torch.cat([decoded(networks, codes), decoded(networks, given["prior"])]).detach()
        loss = logistic.discriminator_loss(networks["judge"](given["real"]), networks["judge"](made))
        return Terms(loss, shown(judge=loss))

    def matching(self, networks: Networks, given: Given) -> Terms:
        """Return weight × error + the estimated divergences of codes, of reconstructions and of samples."""
        _, codes = encoded(networks, given)
        made = decoded(networks, codes)
        error = self._error(given["real"], made).mean()
        of_codes = estimated_divergence(networks["code_judge"](codes))
        total = self._error_weight * error + of_codes
        found = shown(error=error, code_ratio=of_codes)
        if self._of_samples:
            both = made, decoded(networks, given["prior"])
            ratios = [estimated_divergence(networks["judge"](each)) for each in both]
            total = total + torch.stack(ratios).sum()
            found |= shown(reconstruction_ratio=ratios[0], sample_ratio=ratios[1])
        return Terms(total, found)
