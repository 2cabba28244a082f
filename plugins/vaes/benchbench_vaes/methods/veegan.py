"""`veegan` (Srivastava et al., NIPS 2017)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from benchbench.core import Task
from benchbench.training import Engine
from benchbench_gans.methods.sized import Changes

from benchbench_vaes.methods.autoencoding import Autoencoding, Networks

if TYPE_CHECKING:
    from torch import nn

    from benchbench_vaes.objectives import Objective


@dataclass
class Veegan(Autoencoding):
    """VEEGAN: the judge sees pairs of noise and sample; the reconstructor takes samples back to their noise."""

    name = "veegan"
    summary = "GAN of pairs of noise and sample, with a reconstructor that is to find the noise again"
    source = "Srivastava et al., NIPS 2017 (arXiv 1705.07761)"
    networks: ClassVar[Networks] = {"points": "perceptron", "small": "compact", "paper": "dcgan"}
    changes: ClassVar[Changes] = {}

    latent_weight: float = 1.0
    """Of ‖z - F(G(z))‖²."""

    @property
    def gaussian(self) -> bool:
        """False: the reconstructor gives a point."""
        return False

    def make_objective(self, task: Task, engine: Engine, num_steps: int) -> Objective:
        """Return the judge's update and that of both others."""
        del task, engine, num_steps
        from benchbench_vaes.objectives import Pairs

        return Pairs(self.latent_weight)

    def judges(self, task: Task) -> Mapping[str, Callable[[], nn.Module]]:
        """Return what makes the judge of pairs."""
        from benchbench_vaes.networks import make_pair_judge

        return {"judge": lambda: make_pair_judge(self.networks[self.setting(task)], self.sizes(task))}
