"""Unrolling (Metz et al., ICLR 2017): the generator learns against the discriminator of some updates later."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from benchbench_gans.objectives import Judge, Objective, Terms

Weights = dict[str, Tensor]


def judge_with(module: nn.Module, weights: Weights) -> Judge:
    """Return the discriminator with these weights in the place of its own."""
    return functools.partial(_call, module, weights)


def frozen(module: nn.Module) -> Weights:
    """Return the weights of a discriminator: a gradient passes through it, and leaves none in them."""
    return {name: weight.detach() for name, weight in module.named_parameters()}


def unrolled(
    module: nn.Module,
    loss: Callable[[Judge], Terms],
    step_sizes: list[Tensor],
    num_updates: int,
    objective: Objective,
) -> Weights:
    """Return the weights after so many updates θ ← θ - η dL/dθ, which a gradient passes through.

    `loss` gives the discriminator's loss of a judge; `step_sizes` is η, of the shape of each weight.
    """
    weights = {name: weight.requires_grad_() for name, weight in frozen(module).items()}
    for _ in range(num_updates):
        total = loss(judge_with(module, weights)).total
        slopes = torch.autograd.grad(total, list(weights.values()), create_graph=True)
        moved = [
            weight - size * slope for weight, size, slope in zip(weights.values(), step_sizes, slopes, strict=True)
        ]
        if objective.clip is not None:
            moved = [weight.clamp(-objective.clip, objective.clip) for weight in moved]
        weights = dict(zip(weights, moved, strict=True))
    return weights


def step_sizes(optimizer: torch.optim.Optimizer) -> list[Tensor]:
    """Return by how much an optimizer moves each weight for a slope of one: its rate over the root of its mean squares.

    It is of Adam or RMSProp, after its first step.
    """
    found = []
    for group in optimizer.param_groups:
        for weight in group["params"]:
            state = optimizer.state[weight]
            if "exp_avg_sq" in state:
                squares = state["exp_avg_sq"] / (1 - group["betas"][1] ** state["step"])
            else:
                squares = state["square_avg"]
            found.append(group["lr"] / (squares.sqrt() + group["eps"]))
    return found


def _call(module: nn.Module, weights: Weights, samples: Tensor, labels: Tensor | None = None) -> Any:
    return functional_call(module, weights, (samples, labels))
