"""The objective of AC-GAN: the discriminator also names the class."""

from __future__ import annotations

from torch import Tensor

from benchbench_gans.losses import logistic
from benchbench_gans.losses.classes import class_loss
from benchbench_gans.objectives.objective import Judge, Objective, Seen, Terms


class OfClasses(Objective):
    """The first value of the discriminator is the logit of being real, the others are those of the classes."""

    def __init__(self, class_weight: float = 1.0) -> None:
        super().__init__()
        self._class_weight = class_weight

    def judging(self, judge: Judge, real: Seen, fake: Seen, places: Tensor) -> Terms:
        """Return -(L_S + L_C): the source's and the class's likelihoods, each on real and on fake samples."""
        del places
        of_real, of_fake = self.of_both(judge, Seen(real.samples), Seen(fake.samples))
        source = logistic.discriminator_loss(of_real[:, 0], of_fake[:, 0])
        classes = class_loss(of_real[:, 1:], _labels(real)) + class_loss(of_fake[:, 1:], _labels(fake))
        total = source + self._class_weight * classes
        return Terms(total, {"discriminator": source.detach(), "classes": classes.detach()})

    def generating(self, judge: Judge, real: Seen, fake: Seen) -> Terms:
        """Return the loss of L_C - L_S on fake samples; the source's part is the non-saturating one."""
        del real
        of_fake = judge(fake.samples, None)
        source = logistic.non_saturating_loss(of_fake[:, 0])
        classes = class_loss(of_fake[:, 1:], _labels(fake))
        shown = {"generator": source.detach(), "generator_classes": classes.detach()}
        return Terms(source + self._class_weight * classes, shown)


def _labels(seen: Seen) -> Tensor:
    assert seen.labels is not None, "a class loss needs labels"
    return seen.labels
