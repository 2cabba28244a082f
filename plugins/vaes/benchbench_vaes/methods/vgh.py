"""`vgh` and `vgh++` (Rosca et al., 2017 and 2018): density ratios in the place of a VAE's terms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from benchbench.core import Task
from benchbench.training import Engine
from benchbench_gans.methods.sized import Changes

from benchbench_vaes.methods.aae import code_judge
from benchbench_vaes.methods.autoencoding import Reconstructing

if TYPE_CHECKING:
    from torch import nn

    from benchbench_vaes.objectives import Objective


@dataclass
class Vgh(Reconstructing):
    """VGH: a VAE whose divergence is estimated by a classifier of codes."""

    name = "vgh"
    summary = "variational GAN hybrid: a classifier of codes estimates the divergence of a VAE"
    source = "Rosca, Lakshminarayanan & Mohamed, 2018 (arXiv 1802.06847)"
    of_samples: ClassVar[bool] = False
    """Whether a classifier of samples stands for the likelihood too."""
    changes: ClassVar[Changes] = {}

    error_weight: float = 1.0
    """Of the error of reconstructions."""

    def make_objective(self, task: Task, engine: Engine, num_steps: int) -> Objective:
        """Return the updates of the classifiers and of both others."""
        del engine, num_steps
        from benchbench_vaes.objectives import Ratios

        return Ratios(self.make_error(task), self.error_weight, self.of_samples)

    def judges(self, task: Task) -> Mapping[str, Callable[[], nn.Module]]:
        """Return what makes the classifier of codes."""
        return {"code_judge": lambda: code_judge(self, task)}


@dataclass
class VghPlus(Vgh):
    """VGH++: a classifier of samples stands for the likelihood; what is left of the error keeps pairs together."""

    name = "vgh++"
    summary = "VGH whose likelihood is estimated by a classifier of samples too"
    source = "Rosca et al., 2017 and 2018 (arXiv 1706.04987, arXiv 1802.06847)"
    of_samples = True

    error_weight: float = 0.1
    """Of the error of reconstructions; 0: the classifiers stand for both terms alone."""

    def judges(self, task: Task) -> Mapping[str, Callable[[], nn.Module]]:
        """Return what makes both classifiers."""
        from benchbench_vaes.networks import make_judge

        family = self.networks[self.setting(task)]
        return {**super().judges(task), "judge": lambda: make_judge(family, self.sizes(task))}
