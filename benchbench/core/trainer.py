"""What trains a method."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor


class Trainer(ABC):
    """Training cut in steps, so that the suite can show, save and resume it; randomness follows from (seed, step)."""

    num_steps: int
    """How many steps there are: the number that `Method.trainer` was given, or the method's own."""
    save_every: int = 200
    """Steps from one saved state to the next, where `fit --save-every` says nothing; more where states are large."""
    trained_against: tuple[str, ...] = ()
    """The feature extractors that the losses look through, as `name@version`; the checkpoint says it, also if none.

    A method that was trained against the extractor that ranks it was trained on its judge.
    """
    healthy: Mapping[str, tuple[float | None, float | None]] = {}
    """Of a training that went well: the lower and upper bound of the mean of a loss over the last tenth of the steps.

    By the loss's name; `spread-kept` is the spread of the last preview as a share of the largest. `None`: no bound.
    """

    @abstractmethod
    def step(self, index: int) -> Mapping[str, float | Tensor]:
        """Make the update number `index` (from 0) and return its losses: numbers, or scalars on the device."""

    @abstractmethod
    def state(self) -> dict[str, Any]:
        """Return all that a resumed training needs, for `torch.save`: a state that is not finite is not kept."""

    @abstractmethod
    def restore(self, state: dict[str, Any]) -> None:
        """Load the state that `state` gave."""

    @abstractmethod
    def weights(self) -> dict[str, Tensor]:
        """Return the tensors that the checkpoint for sampling holds."""

    def preview(self) -> Tensor | None:
        """Return K samples of a few validation conditions, `[B, K, *space.shape]` as `sample` gives them.

        They are looked at while it trains: their spread, and the images themselves.
        """
        return None
