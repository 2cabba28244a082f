"""What an objective is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn


class Seen(NamedTuple):
    """What a discriminator sees."""

    samples: Tensor
    """`float32[N, packing * C, …]`: N packs."""
    labels: Tensor | None = None
    """`int64[N]`, one for the samples of a pack; `None` where there are no classes."""

    def detached(self) -> Seen:
        """Return the same, with no gradient to what made it."""
        return Seen(self.samples.detach(), self.labels)


class Terms(NamedTuple):
    """A loss, and what is shown of it."""

    total: Tensor
    """The scalar to descend."""
    shown: dict[str, Tensor]
    """Scalars by name."""


Judge = Callable[[Tensor, "Tensor | None"], Any]
"""A discriminator with some weights: samples and labels to what it says of them."""


class Objective(nn.Module, ABC):
    """The losses of both networks; it has no trained weights, but may have a state (buffers)."""

    clip: float | None = None
    """The discriminator's weights are held within ± this number."""
    together: bool = False
    """Real and fake samples pass the discriminator in one batch: not where it has batch norm, but quicker."""

    def of_both(self, judge: Judge, real: Seen, fake: Seen) -> tuple[Tensor, Tensor]:
        """Return what a discriminator says of real and of fake samples, `[N, …]` each."""
        if not self.together:
            return judge(*real), judge(*fake)
        of_real, of_fake = judge(*joined(real, fake)).split([len(real.samples), len(fake.samples)])
        return of_real, of_fake

    @abstractmethod
    def judging(self, judge: Judge, real: Seen, fake: Seen, places: Tensor) -> Terms:
        """Return the discriminator's loss; `places` `float32[N]` are drawn uniformly from (0, 1) for penalties."""

    @abstractmethod
    def generating(self, judge: Judge, real: Seen, fake: Seen) -> Terms:
        """Return the generator's loss; the gradient passes through the fake samples."""

    def advance(self, shown: dict[str, Tensor]) -> dict[str, Tensor]:
        """Change the state by what an update showed, and return what is to be shown of that; there is none here."""
        del shown
        return {}


def joined(real: Seen, fake: Seen) -> Seen:
    """Return both as one batch, the real ones first."""
    labels = None if real.labels is None or fake.labels is None else torch.cat([real.labels, fake.labels])
    return Seen(torch.cat([real.samples, fake.samples]), labels)
