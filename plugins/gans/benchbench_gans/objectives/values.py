"""Objectives of one value a sample: GAN, LSGAN, WGAN, WGAN-GP, SNGAN, f-GAN."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from benchbench_gans.losses.wasserstein import between, gradient_penalty
from benchbench_gans.objectives.objective import Judge, Objective, Seen, Terms


class OfValues(Objective):
    """Both losses are functions of the discriminator's values, with a gradient penalty where it has a weight."""

    def __init__(
        self,
        discriminator_loss: Callable[[Tensor, Tensor], Tensor],
        generator_loss: Callable[[Tensor], Tensor],
        penalty_weight: float = 0.0,
        clip: float | None = None,
    ) -> None:
        super().__init__()
        self._discriminator_loss, self._generator_loss = discriminator_loss, generator_loss
        self._penalty_weight, self.clip = penalty_weight, clip

    def judging(self, judge: Judge, real: Seen, fake: Seen, places: Tensor) -> Terms:
        """Return the loss of the values of real and fake samples, and the penalty between them."""
        total = self._discriminator_loss(*self.of_both(judge, real, fake))
        shown = {"discriminator": total.detach()}
        if self._penalty_weight:
            points = between(real.samples, fake.samples, places)
            penalty = gradient_penalty(lambda samples: judge(samples, real.labels), points)
            shown["gradient_penalty"] = penalty.detach()
            total = total + self._penalty_weight * penalty
        return Terms(total, shown)

    def generating(self, judge: Judge, real: Seen, fake: Seen) -> Terms:
        """Return the loss of the values of fake samples."""
        del real
        loss = self._generator_loss(judge(*fake))
        return Terms(loss, {"generator": loss.detach()})
