"""`lsgan` (Mao et al., ICCV 2017)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchbench.core import Task
from benchbench.training import Engine

from benchbench_gans.methods.adversarial import Adversarial

if TYPE_CHECKING:
    from benchbench_gans.objectives import Objective


@dataclass
class Lsgan(Adversarial):
    """LSGAN: least squares in the place of logarithms."""

    name = "lsgan"
    summary = "least-squares GAN"
    source = "Mao et al., ICCV 2017 (arXiv 1611.04076)"

    def make_objective(self, task: Task, engine: Engine) -> Objective:
        """Return the squared losses."""
        del task, engine
        from benchbench_gans.losses import squares
        from benchbench_gans.objectives import OfValues

        return OfValues(squares.discriminator_loss, squares.generator_loss)
