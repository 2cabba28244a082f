"""The objectives of autoencoders that judge: EBGAN with its pulling-away term, and BEGAN with its equilibrium."""

from __future__ import annotations

import torch
from torch import Tensor

from benchbench_gans.losses import energies
from benchbench_gans.objectives.objective import Judge, Objective, Seen, Terms, joined


class OfEnergies(Objective):
    """Real samples are to be reconstructed, fake ones not better than the margin."""

    def __init__(self, margin: float, pulling_weight: float = 0.0) -> None:
        super().__init__()
        self._margin, self._pulling_weight = margin, pulling_weight

    def judging(self, judge: Judge, real: Seen, fake: Seen, places: Tensor) -> Terms:
        """Return E D(x) + E max(0, m - D(G(z)))."""
        del places
        if self.together:
            both = joined(real, fake)
            of_real, of_fake = energies.squared_energy(both.samples, judge(*both).samples).split(len(real.samples))
        else:
            of_real, of_fake = (energies.squared_energy(each.samples, judge(*each).samples) for each in (real, fake))
        total = energies.margin_loss(of_real, of_fake, self._margin)
        shown = {"discriminator": total, "energy_real": of_real.mean(), "energy_fake": of_fake.mean()}
        return Terms(total, {name: value.detach() for name, value in shown.items()})

    def generating(self, judge: Judge, real: Seen, fake: Seen) -> Terms:
        """Return E D(G(z)), and the squared cosines of the codes with their weight; the gradient passes by both."""
        del real
        reconstruction = judge(*fake)
        loss = energies.squared_energy(fake.samples, reconstruction.samples).mean()
        shown = {"generator": loss.detach()}
        if self._pulling_weight:
            pulling = energies.pulling_away(reconstruction.codes)
            shown["pulling_away"] = pulling.detach()
            loss = loss + self._pulling_weight * pulling
        return Terms(loss, shown)


class Equilibrium(Objective):
    """The energies of real and fake samples are kept in the ratio gamma by the weight k, which is its state."""

    def __init__(self, gamma: float, rate: float, world_size: int = 1) -> None:
        super().__init__()
        self._gamma, self._rate, self._world_size = gamma, rate, world_size
        self.k: Tensor
        self.register_buffer("k", torch.zeros(()))

    def judging(self, judge: Judge, real: Seen, fake: Seen, places: Tensor) -> Terms:
        """Return L(x) - k L(G(z)); both are reconstructed in one batch."""
        del places
        both = joined(real, fake)
        of_real, of_fake = energies.absolute_energy(both.samples, judge(*both).samples).split(len(real.samples))
        total = energies.equilibrium_loss(of_real, of_fake, self.k)
        shown = {"discriminator": total, "energy_real": of_real.mean()}
        return Terms(total, {name: value.detach() for name, value in shown.items()})

    def generating(self, judge: Judge, real: Seen, fake: Seen) -> Terms:
        """Return L(G(z))."""
        del real
        loss = energies.absolute_energy(fake.samples, judge(*fake).samples).mean()
        return Terms(loss, {"generator": loss.detach()})

    def advance(self, shown: dict[str, Tensor]) -> dict[str, Tensor]:
        """Move k by the latest energies, the mean over all processes; show it and the measure of convergence."""
        both = torch.stack([shown["energy_real"], shown["generator"]])
        if self._world_size > 1:
            torch.distributed.all_reduce(both)
            both = both / self._world_size
        real, fake = both
        self.k.copy_(energies.next_k(self.k, real, fake, self._gamma, self._rate))
        return {"k": self.k.clone(), "convergence": energies.convergence(real, fake, self._gamma)}
