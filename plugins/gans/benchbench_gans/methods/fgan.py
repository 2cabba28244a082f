"""`f-gan` (Nowozin, Cseke & Tomioka, NIPS 2016)."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from benchbench.core import Task
from benchbench.training import Engine

from benchbench_gans.methods.adversarial import Adversarial, Changes

if TYPE_CHECKING:
    from benchbench_gans.objectives import Objective


@dataclass
class FGan(Adversarial):
    """f-GAN: a bound of a divergence of choice."""

    name = "f-gan"
    summary = "GAN of an f-divergence: KL, reverse KL, Pearson, squared Hellinger, Jensen-Shannon, or GAN's own"
    source = "Nowozin, Cseke & Tomioka, NIPS 2016 (arXiv 1606.00709)"
    version = 2
    changes: ClassVar[Changes] = {"points": {"betas": (0.0, 0.9), "norm": "spectral", "discriminator_rate": 4e-3}}
    """Conjugates are exponentials or have poles: on points the discriminator's slope is bounded, as that of `sngan`."""

    divergence: Literal["kl", "reverse-kl", "pearson", "squared-hellinger", "jensen-shannon", "gan"] = "kl"
    """Of the data's law from the generator's; Pearson's discriminator is flat where the laws do not meet."""
    loss: Literal["non-saturating", "bound"] = "non-saturating"
    """Of the generator: -E g(V(G(z))), or the bound itself."""

    def make_objective(self, task: Task, engine: Engine) -> Objective:
        """Return the losses of the divergence."""
        del task, engine
        from benchbench_gans.losses import divergences
        from benchbench_gans.objectives import OfValues

        divergence = divergences.DIVERGENCES[self.divergence]
        losses = {"non-saturating": divergences.non_saturating_loss, "bound": divergences.bound_loss}
        of_both = functools.partial(divergences.discriminator_loss, divergence)
        return OfValues(of_both, functools.partial(losses[self.loss], divergence))
