"""The objective of VAE-GAN (Larsen et al., ICML 2016): the error is one of the judge's features."""

from __future__ import annotations

from typing import Literal

import torch
from benchbench_gans.losses import logistic
from benchbench_gans.objectives import Terms
from torch import Tensor
from torch.nn.functional import softplus

from benchbench_vaes.losses.balance import moves
from benchbench_vaes.losses.errors import squared_error
from benchbench_vaes.losses.normal import divergence
from benchbench_vaes.objectives.objective import Given, Networks, Objective, Update, decoded, encoded, shown


class LearnedSimilarity(Objective):
    """Encoder, then decoder, then judge: the GAN's gradient reaches no encoder, the error's no judge."""

    def __init__(self, gamma: float, kl_weight: float, loss: Literal["non-saturating", "minimax"], balanced: bool):
        super().__init__()
        losses = {"non-saturating": logistic.non_saturating_loss, "minimax": logistic.minimax_loss}
        self._gamma, self._kl_weight, self._fooling, self._balanced = gamma, kl_weight, losses[loss], balanced

    def updates(self, phase: str) -> tuple[Update, ...]:
        """Return the three updates."""
        del phase
        updates = (("encoder", self.encoding), ("decoder", self.decoding), ("judge", self.judging))
        return tuple(Update((name,), loss) for name, loss in updates)

    def encoding(self, networks: Networks, given: Given) -> Terms:
        """Return L_prior + L_llike."""
        law, codes = encoded(networks, given)
        error = self._error(networks, given, decoded(networks, codes))
        kl = divergence(law).mean()
        return Terms(self._kl_weight * kl + error, shown(error=error, divergence=kl))

    def decoding(self, networks: Networks, given: Given) -> Terms:
        """Return γ L_llike and what the judge says of reconstructions and of samples of the prior."""
        _, codes = encoded(networks, given)
        made = [decoded(networks, each) for each in (codes.detach(), given["prior"])]
        logits = [networks["judge"](each) for each in made]
        fooling = torch.stack([self._fooling(each) for each in logits]).sum()
        total = self._gamma * self._error(networks, given, made[0]) + fooling
        real = networks["judge"](given["real"]) if self._balanced else logits[0]
        return Terms(self._held(total, real, torch.cat(logits), part=0), shown(generator=fooling))

    def judging(self, networks: Networks, given: Given) -> Terms:
        """Return -log D(x) - log(1 - D(x̃)) - log(1 - D(x_p)), reconstruction x̃ and sample x_p without gradient."""
        _, codes = encoded(networks, given)
        made = [decoded(networks, each).detach() for each in (codes, given["prior"])]
        real, *logits = [networks["judge"](each) for each in (given["real"], *made)]
        loss = softplus(-real).mean() + torch.stack([softplus(each).mean() for each in logits]).sum()
        return Terms(self._held(loss, real, torch.cat(logits), part=1), shown(judge=loss))

    def _error(self, networks: Networks, given: Given, made: Tensor) -> Tensor:
        """Return L_llike: half the squared distance of the features of real samples and reconstructions."""
        features = networks["judge"].features
        return squared_error(features(given["real"]), features(made)).mean()

    def _held(self, total: Tensor, real: Tensor, made: Tensor, part: int) -> Tensor:
        """Return the loss; 0 of it where the update is to be left out."""
        if not self._balanced:
            return total
        return total * moves(softplus(-real).mean().detach(), softplus(made).mean().detach())[part]
