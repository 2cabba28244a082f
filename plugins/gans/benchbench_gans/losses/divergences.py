"""The losses of f-GAN (Nowozin, Cseke & Tomioka, NIPS 2016): a divergence by its output activation and conjugate."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import softplus

Function = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Divergence:
    """A divergence D_f(P ‖ Q) = sup over V of E_P g(V(x)) - E_Q f*(g(V(x)))."""

    activation: Function
    """g_f: the discriminator's output v to the domain of the conjugate."""
    conjugate: Function
    """f*(t) = sup over u of ut - f(u)."""
    conjugate_of_output: Function
    """f*(g_f(v)), in a form that neither overflows early nor takes the logarithm of a difference."""


DIVERGENCES = {
    "kl": Divergence(lambda v: v, lambda t: (t - 1).exp(), lambda v: (v - 1).exp()),
    "reverse-kl": Divergence(lambda v: -(-v).exp(), lambda t: -1 - (-t).log(), lambda v: v - 1),
    "pearson": Divergence(lambda v: v, lambda t: t.square() / 4 + t, lambda v: v.square() / 4 + v),
    "squared-hellinger": Divergence(lambda v: -(-v).expm1(), lambda t: t / (1 - t), torch.expm1),
    "jensen-shannon": Divergence(
        lambda v: math.log(2) - softplus(-v),
        lambda t: -(2 - t.exp()).log(),
        lambda v: softplus(v) - math.log(2),
    ),
    "gan": Divergence(lambda v: -softplus(-v), lambda t: -(1 - t.exp()).log(), softplus),
}
"""The six of the paper's table, by the names of the option; `jensen-shannon` is twice the usual divergence."""


def discriminator_loss(divergence: Divergence, real: Tensor, fake: Tensor) -> Tensor:
    """Return -(E_P g(V(x)) - E_Q f*(g(V(G(z))))): the negative bound, of outputs v of any shape."""
    return divergence.conjugate_of_output(fake.float()).mean() - divergence.activation(real.float()).mean()


def bound_loss(divergence: Divergence, fake: Tensor) -> Tensor:
    """Return -E_Q f*(g(V(G(z)))): the bound itself, of which the generator moves this part."""
    return -divergence.conjugate_of_output(fake.float()).mean()


def non_saturating_loss(divergence: Divergence, fake: Tensor) -> Tensor:
    """Return -E_Q g(V(G(z))): the paper's replacement, which is steep where the discriminator is sure."""
    return -divergence.activation(fake.float()).mean()
