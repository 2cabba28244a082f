"""One update of a step as one forward call of a module whose trained weights are those that it changes."""

from __future__ import annotations

from collections.abc import Mapping

from benchbench_gans.objectives import Terms
from torch import Tensor, nn

from benchbench_vaes.objectives import Networks, Update


class Half(nn.Module):
    """An update with its networks; the others are at hand, but are not this module's."""

    def __init__(self, networks: Networks, update: Update) -> None:
        super().__init__()
        self.trained = nn.ModuleDict({name: networks[name] for name in update.trained})
        self._networks, self._loss = (networks,), update.loss  # in a tuple: their weights are not this module's

    def forward(self, given: Mapping[str, Tensor]) -> Terms:
        """Return the loss of a batch."""
        return self._loss(self._networks[0], given)
