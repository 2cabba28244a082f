"""What the networks descend: both translators together, then both judges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn

from benchbench_cyclegan.losses import absolute_error, fooling_loss, judge_loss


class Weights(NamedTuple):
    """Of the terms, beside the adversarial ones."""

    cycle: float
    identity: float
    """As a share of `cycle`; 0: no such term."""


class Translating(nn.Module):
    """The loss of G: X → Y and F: Y → X; the judges pass the gradient on."""

    def __init__(self, translators: nn.ModuleDict, judges: nn.ModuleDict, weights: Weights) -> None:
        super().__init__()
        self.translators = translators
        self._judges, self._weights = (judges,), weights  # in a tuple: their weights are not this module's

    def forward(self, given: Mapping[str, Tensor]) -> tuple[Tensor, dict[str, Tensor], dict[str, Tensor]]:
        """Return the sum of the terms, each term, and the fakes `x` and `y` without their graphs."""
        there, back = self.translators["there"], self.translators["back"]
        x, y = given["x"], given["y"]
        made = {"y": there.translate(x), "x": back.translate(y)}
        terms = {f"fooling_{name}": fooling_loss(self._judges[0][name](made[name])) for name in ("y", "x")}
        terms["cycle_x"] = self._weights.cycle * absolute_error(back.translate(made["y"]), x)
        terms["cycle_y"] = self._weights.cycle * absolute_error(there.translate(made["x"]), y)
        if self._weights.identity:
            weight = self._weights.cycle * self._weights.identity
            terms["identity_x"] = weight * absolute_error(back.translate(x), x)
            terms["identity_y"] = weight * absolute_error(there.translate(y), y)
        total = torch.stack(list(terms.values())).sum()
        fakes = {name: each.detach() for name, each in made.items()}
        return total, {name: term.detach() for name, term in terms.items()}, fakes


class Judging(nn.Module):
    """The loss of both judges."""

    def __init__(self, judges: nn.ModuleDict) -> None:
        super().__init__()
        self.judges = judges

    def forward(self, given: Mapping[str, Tensor], fakes: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return the loss of each judge on real images and on fakes out of its pool."""
        return {
            f"judge_{name}": judge_loss(self.judges[name](given[name]), self.judges[name](fakes[name]))
            for name in ("y", "x")
        }
