"""The objective of MMD-GAN: the laws are distinguished by the mean of features in a kernel's space."""

from __future__ import annotations

from torch import Tensor

from benchbench_gans.losses.kernels import Kernel, squared_discrepancy, witness
from benchbench_gans.losses.wasserstein import between, gradient_penalty
from benchbench_gans.objectives.objective import Judge, Objective, Seen, Terms


class OfFeatures(Objective):
    """The generator descends the squared discrepancy of the features; the discriminator ascends it.

    The penalty is on the slope of the witness function, by the samples (Bińkowski et al., ICLR 2018).
    """

    def __init__(self, kernel: Kernel, penalty_weight: float) -> None:
        super().__init__()
        self._kernel, self._penalty_weight = kernel, penalty_weight

    def judging(self, judge: Judge, real: Seen, fake: Seen, places: Tensor) -> Terms:
        """Return -MMD², and the penalty between real and fake samples."""
        of_real, of_fake = self.of_both(judge, real, fake)
        total = -squared_discrepancy(self._kernel, of_real, of_fake)
        shown = {"discriminator": total.detach()}
        if self._penalty_weight:
            points = between(real.samples, fake.samples, places)
            penalty = gradient_penalty(
                lambda samples: witness(self._kernel, judge(samples, real.labels), of_real, of_fake), points
            )
            shown["gradient_penalty"] = penalty.detach()
            total = total + self._penalty_weight * penalty
        return Terms(total, shown)

    def generating(self, judge: Judge, real: Seen, fake: Seen) -> Terms:
        """Return MMD²."""
        loss = squared_discrepancy(self._kernel, *self.of_both(judge, real, fake))
        return Terms(loss, {"generator": loss.detach()})
