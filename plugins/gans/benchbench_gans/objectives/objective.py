"""What an objective is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, NamedTuple

from torch import Tensor, nn


class Seen(NamedTuple):
    """What a discriminator sees."""

    samples: Tensor
    """`float32[N, packing * C, …]`: N packs."""
    labels: Tensor | None = None
    """`int64[N]`, one for the samples of a pack; `None` where there are no classes."""


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
