"""`vae`, the first (Kingma & Welling, ICLR 2014)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from benchbench.core import Task
from benchbench.training import Engine
from benchbench_gans.methods.sized import Changes

from benchbench_vaes.methods.autoencoding import Networks, Reconstructing

if TYPE_CHECKING:
    from benchbench_vaes.objectives import Objective


@dataclass
class Vae(Reconstructing):
    """VAE: encoder and decoder ascend the evidence lower bound."""

    name = "vae"
    summary = "variational autoencoder; the decoder's mean is the sample"
    source = "Kingma & Welling, ICLR 2014 (arXiv 1312.6114), equation 10"
    networks: ClassVar[Networks] = {"points": "perceptron", "small": "compact", "paper": "one_layer"}
    changes: ClassVar[Changes] = {
        "points": {"betas": (0.9, 0.999)},
        "small": {"betas": (0.9, 0.999)},
        "paper": {"generator_rate": 1e-3, "batch": 128, "latent": 20, "width": 400, "betas": (0.9, 0.999)},
    }

    kl_weight: float = 1.0
    """Of the divergence; 1: the bound itself. More or less is a β-VAE (Higgins et al., ICLR 2017)."""

    def make_objective(self, task: Task, engine: Engine, num_steps: int) -> Objective:
        """Return the bound."""
        del engine, num_steps
        from benchbench_vaes.objectives import Bound

        return Bound(self.make_error(task), self.kl_weight)
