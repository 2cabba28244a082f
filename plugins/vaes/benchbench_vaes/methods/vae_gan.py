"""`vae-gan` (Larsen et al., ICML 2016)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from benchbench.core import Task
from benchbench.training import Engine
from benchbench_gans.methods.sized import Changes
from benchbench_gans.recipes import Setting

from benchbench_vaes.methods.autoencoding import Autoencoding, Networks

if TYPE_CHECKING:
    from torch import nn

    from benchbench_vaes.objectives import Objective

GAMMAS: dict[Setting, float] = {"points": 0.01, "small": 0.01, "paper": 1e-6}
LAYERS: dict[Setting, int] = {"points": 2, "small": 2, "paper": 4}
"""Which layer of the judge gives the features; in the paper's the third convolution of stride 2."""


@dataclass
class VaeGan(Autoencoding):
    """VAE-GAN: the error of reconstructions is that of a judge's features."""

    name = "vae-gan"
    summary = "VAE whose error is one of a judge's features; the judge tells its samples from real ones"
    source = "Larsen et al., ICML 2016 (arXiv 1512.09300), algorithm 1"
    sides = (16, 32, 64, 128)
    networks: ClassVar[Networks] = {"points": "perceptron", "small": "compact", "paper": "vae_gan"}
    changes: ClassVar[Changes] = {
        "points": {},
        "small": {},
        "paper": {
            "latent": 128,
            "optimizer": "rmsprop",
            "generator_rate": 0.025 / 64,
            "discriminator_rate": 0.025 / 64,
        },
    }

    gamma: float | None = None
    """Of the error in the decoder's loss; default: 0.01, in the size of the paper 1e-6."""
    kl_weight: float = 1.0
    """Of the divergence in the encoder's loss."""
    loss: Literal["non-saturating", "minimax"] = "non-saturating"
    """Of the decoder against the judge: -log D, or log(1 - D), as the paper writes it."""
    balanced: bool | None = None
    """Leave out updates of the side that is far ahead; default: only in the size of the paper."""

    def make_objective(self, task: Task, engine: Engine, num_steps: int) -> Objective:
        """Return the three updates."""
        del engine, num_steps
        from benchbench_vaes.objectives import LearnedSimilarity

        setting = self.setting(task)
        gamma = GAMMAS[setting] if self.gamma is None else self.gamma
        balanced = setting == "paper" if self.balanced is None else self.balanced
        return LearnedSimilarity(gamma, self.kl_weight, self.loss, balanced)

    def judges(self, task: Task) -> Mapping[str, Callable[[], nn.Module]]:
        """Return what makes the judge, which shows its features."""
        from benchbench_vaes.networks import make_feature_judge

        setting = self.setting(task)
        return {"judge": lambda: make_feature_judge(self.networks[setting], self.sizes(task), LAYERS[setting])}
