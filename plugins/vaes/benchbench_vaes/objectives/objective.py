"""What an objective is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from benchbench_gans.objectives import Terms
from torch import Tensor, nn

from benchbench_vaes.losses.normal import Law, drawn

Networks = Mapping[str, Any]
"""`encoder`, `decoder`, and the classifiers that the objective names."""
Given = Mapping[str, Tensor]
"""`real` `[N, …]`; `prior` and `deviations`, standard normal `[N, latent]`."""
Error = Callable[[Tensor, Tensor], Tensor]
"""From samples and their reconstructions `[N, …]` to errors `[N]`."""


class Update(NamedTuple):
    """One of the updates of a step: it computes a graph of its own, with the networks as they are then."""

    trained: tuple[str, ...]
    """The networks whose weights take the gradient; those of all others are held fixed, and pass it on."""
    loss: Callable[[Networks, Given], Terms]
    apart: str = ""
    """Updates of one network that share this word share its optimizer too: losses of another scale have their own."""


class Objective(nn.Module, ABC):
    """The updates of each phase of a training; it has no trained weights, but may have a state (buffers)."""

    phases: tuple[str, ...] = ("all",)
    """The phases of a training, in their order."""

    def phase(self, index: int) -> str:
        """Return the name of the phase that a step belongs to; there is one phase, unless a subclass has more."""
        del index
        return self.phases[0]

    @abstractmethod
    def updates(self, phase: str) -> tuple[Update, ...]:
        """Return the updates of each step of a phase, in their order."""

    def advance(self, phase: str, shown: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Change the state by what a step showed, and return what is to be shown of that; there is none here."""
        del phase, shown
        return {}


def encoded(networks: Networks, given: Given) -> tuple[Law, Tensor]:
    """Return the law of the codes of the real samples, and a code `[N, latent]` of each."""
    law: Law = networks["encoder"](given["real"])
    return law, drawn(law, given["deviations"])


def decoded(networks: Networks, codes: Tensor) -> Tensor:
    """Return the samples `[N, …]` of codes `[N, latent]`."""
    samples: Tensor = networks["decoder"].draw(codes, None)
    return samples


def shown(**losses: Tensor) -> dict[str, Tensor]:
    """Return the losses without their graphs."""
    return {name: loss.detach() for name, loss in losses.items()}
