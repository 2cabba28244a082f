"""`introvae` (Huang et al., NeurIPS 2018)."""

from __future__ import annotations

import dataclasses
import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from benchbench.core import Task
from benchbench.training import Engine
from benchbench_gans.methods.sized import SIDES, Changes
from benchbench_gans.recipes import Recipe, Setting

from benchbench_vaes.methods.autoencoding import Autoencoding, Networks

if TYPE_CHECKING:
    from benchbench_vaes.objectives import Objective

ON_BYTES = 2.0
"""Images in [-1, 1] are to be compared as in [0, 1]: half as far."""


class Published(NamedTuple):
    """The paper's numbers for a size of images."""

    latent: int
    margin: float
    beta: float
    width: int
    batch: int


PUBLISHED = {128: Published(256, 110, 0.5, 32, 64), 256: Published(512, 120, 0.05, 32, 64)}
PUBLISHED[1024] = Published(512, 90, 0.0025, 16, 8)
"""By the side in pixels; smaller images take those of 128."""
BETAS: dict[Setting, float] = {"points": 200.0, "small": 10.0, "paper": 0.5}
WARM_UPS: dict[Setting, float] = {"points": 0.3, "small": 0.3, "paper": 0.02}
"""The share of the steps that the VAE alone is trained."""


@dataclass
class IntroVae(Autoencoding):
    """IntroVAE: the encoder is the judge, and the divergence of a code what it says."""

    name = "introvae"
    summary = "introspective VAE: the encoder tells samples from real images by the divergence of their codes"
    source = "Huang et al., NeurIPS 2018 (arXiv 1807.06358), equations 11 and 12"
    sides = (*SIDES, 256, 1024)
    networks: ClassVar[Networks] = {"points": "perceptron", "small": "introvae", "paper": "introvae"}
    changes: ClassVar[Changes] = {
        "points": {"betas": (0.9, 0.999)},
        "small": {"betas": (0.9, 0.999), "batch": 32, "generator_rate": 5e-4},
        "paper": {"betas": (0.9, 0.999)},
    }

    alpha: float = 0.25
    """Of the divergences of reconstructions and samples, in both losses."""
    beta: float | None = None
    """Of half the summed squared error, images taken as 0 to 1; default: 10 (small), the paper's by size."""
    margin: float | None = None
    """m, in nats; default: 1.2 times the warm VAE's divergence, in the size of the paper its own."""
    warm_up: float | None = None
    """The share of the steps that the VAE alone is trained."""

    def recipe(self, task: Task) -> Recipe:
        """Return the recipe; in the size of the paper latent dimensions, width and batch go by the side."""
        found = super().recipe(task)
        if self.setting(task) != "paper":
            return found
        numbers = published(task)
        latent = numbers.latent if self.latent is None else self.latent
        return dataclasses.replace(found, latent=latent, width=numbers.width, batch=numbers.batch)

    def make_objective(self, task: Task, engine: Engine, num_steps: int) -> Objective:
        """Return the warm-up and the game."""
        from benchbench_vaes.losses.errors import squared_error
        from benchbench_vaes.objectives import Introspection, Weights

        setting = self.setting(task)
        beta, margin = BETAS[setting], self.margin
        if setting == "paper":
            numbers = published(task)
            beta, margin = numbers.beta, numbers.margin if margin is None else margin
        share = WARM_UPS[setting] if self.warm_up is None else self.warm_up
        error = functools.partial(squared_error, deviation=1.0 if setting == "points" else ON_BYTES)
        weights = Weights(self.alpha, beta if self.beta is None else self.beta)
        warm_up = round(share * num_steps)
        return Introspection(error, weights, margin, warm_up, engine.world_size)


def published(task: Task) -> Published:
    """Return the paper's numbers for the task's images."""
    return PUBLISHED[max(task.space.shape[1], min(PUBLISHED))]
