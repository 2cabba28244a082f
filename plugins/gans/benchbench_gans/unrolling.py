"""Unrolling (Metz et al., ICLR 2017): the generator learns against the discriminator of some updates later.

The paper's generator descends f(θ_G, θ_D^K(θ_G)), where f is minus the discriminator's loss, of real *and* fake samples
(section 2.2). Its slope has two parts. Through the samples that the later discriminator sees it is the slope of the
generator's own loss (there, the minimax loss). Through the discriminator's updates it is always that of f: as the
generator's own loss knows no real samples, its slope there does not vanish where the discriminator is at its best, and
samples end too wide.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from benchbench_gans.objectives import Judge, Objective, Terms

Weights = dict[str, Tensor]
StepSizes = Callable[[Sequence[Tensor]], list[Tensor]]


def judge_with(module: nn.Module, weights: Weights) -> Judge:
    """Return the discriminator with these weights in the place of its own."""
    return functools.partial(_call, module, weights)


def frozen(module: nn.Module) -> Weights:
    """Return the weights of a discriminator: a gradient passes through it, and leaves none in them."""
    return held(dict(module.named_parameters()))


def held(weights: Weights) -> Weights:
    """Return the same weights, with no gradient to what made them."""
    return {name: weight.detach() for name, weight in weights.items()}


def slope_alone(value: Tensor) -> Tensor:
    """Return a zero that has the gradient of the value."""
    return value - value.detach()


def unrolled(
    module: nn.Module,
    loss: Callable[[Judge], Terms],
    step_sizes: StepSizes,
    num_updates: int,
    objective: Objective,
) -> Weights:
    """Return the weights after so many updates θ ← θ - η dL/dθ, which a gradient passes through.

    `loss` gives the discriminator's loss of a judge; `step_sizes` gives η of each weight for the slopes.
    """
    weights = {name: weight.requires_grad_() for name, weight in frozen(module).items()}
    for _ in range(num_updates):
        total = loss(judge_with(module, weights)).total
        slopes = torch.autograd.grad(total, list(weights.values()), create_graph=True)
        sizes = step_sizes(slopes)
        moved = [weight - size * slope for weight, size, slope in zip(weights.values(), sizes, slopes, strict=True)]
        if objective.clip is not None:
            moved = [weight.clamp(-objective.clip, objective.clip) for weight in moved]
        weights = dict(zip(weights, moved, strict=True))
    return weights


class AsOptimizer:
    """By how much an optimizer moves each weight for a slope of one, update after update.

    It is of Adam or RMSProp, after its first step: the rate over the root of the mean squares, these slopes included.
    So no weight moves by more than the rate over √(1 - β₂), also where its slopes were 0 for long.
    """

    def __init__(self, optimizer: torch.optim.Optimizer) -> None:
        self._known = [
            _MeanSquare.of(optimizer.state[weight], group)
            for group in optimizer.param_groups
            for weight in group["params"]
        ]

    def __call__(self, slopes: Sequence[Tensor]) -> list[Tensor]:
        """Return η for these slopes, of the shape of each weight; no gradient passes through it."""
        self._known = [known.seen(slope.detach()) for known, slope in zip(self._known, slopes, strict=True)]
        return [known.step_size for known in self._known]


@dataclass(frozen=True)
class _MeanSquare:
    """The running mean of a weight's squared slopes, and what a step is made of."""

    squares: Tensor
    decay: float
    bias: float
    """What is left of the start at 0, a factor of the decay per step; 0 where it is not corrected."""
    rate: float
    eps: float

    @classmethod
    def of(cls, state: Mapping[str, Any], group: Mapping[str, Any]) -> _MeanSquare:
        """Return that of an optimizer's state."""
        if "exp_avg_sq" in state:
            decay = group["betas"][1]
            return cls(state["exp_avg_sq"], decay, decay ** float(state["step"]), group["lr"], group["eps"])
        return cls(state["square_avg"], group["alpha"], 0.0, group["lr"], group["eps"])

    def seen(self, slope: Tensor) -> _MeanSquare:
        """Return it with one slope more."""
        squares = self.decay * self.squares + (1 - self.decay) * slope**2
        return dataclasses.replace(self, squares=squares, bias=self.decay * self.bias)

    @property
    def step_size(self) -> Tensor:
        """The rate over the root of the mean square."""
        return self.rate / ((self.squares / (1 - self.bias)).sqrt() + self.eps)


def _call(module: nn.Module, weights: Weights, samples: Tensor, labels: Tensor | None = None) -> Any:
    return functional_call(module, weights, (samples, labels))
