"""`ac-gan`: the discriminator names the class (Odena, Olah & Shlens, ICML 2017)."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from benchbench.core import Task
from benchbench.training import Engine

from benchbench_gans.methods.adversarial import Adversarial, Changes, num_classes

if TYPE_CHECKING:
    from torch import nn

    from benchbench_gans.objectives import Objective


@dataclass
class AcGan(Adversarial):
    """AC-GAN: the label is beside z in the generator; the discriminator does not see it, and is to find it."""

    name = "ac-gan"
    summary = "auxiliary-classifier GAN: the discriminator also names the class, on real and on generated images"
    source = "Odena, Olah & Shlens, ICML 2017 (arXiv 1610.09585)"
    kinds = ("class-conditional",)
    changes: ClassVar[Changes] = {"paper": {"batch": 100}}

    class_weight: float = 1.0
    """Of the class losses beside those of the source."""

    def make_objective(self, task: Task, engine: Engine) -> Objective:
        """Return the losses of source and class."""
        del task, engine
        from benchbench_gans.objectives import OfClasses

        return OfClasses(self.class_weight)

    def make_judge(self, task: Task) -> nn.Module:
        """Return the discriminator, of one logit and those of the classes."""
        from benchbench_gans.networks import make_discriminator

        sizes = dataclasses.replace(self.sizes(task), outputs=1 + num_classes(task))
        return make_discriminator(self.networks[self.setting(task)], sizes, labelled=False)
