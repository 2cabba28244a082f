"""The two losses of IntroVAE (Huang et al., NeurIPS 2018), equations 11 and 12, from divergences of codes `[N]`."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import relu


def margin_loss(margin: Tensor | float, divergences: Tensor) -> Tensor:
    """Return the mean of [m - KL]⁺: what draws the codes of generated samples away from the prior, up to m."""
    return relu(margin - divergences.float()).mean()


def encoder_loss(real: Tensor, made: list[Tensor], error: Tensor, margin: Tensor | float, alpha: float) -> Tensor:
    """Return L_E = E KL(x) + α Σ over kinds of E [m - KL(x_s)]⁺ + error.

    `real` `[N]` are the divergences of real samples, `made` those of reconstructions and of samples of the prior;
    `error` is β L_AE, a scalar.
    """
    total = real.float().mean() + error
    for divergences in made:
        total = total + alpha * margin_loss(margin, divergences)
    return total


def generator_loss(made: list[Tensor], error: Tensor, alpha: float) -> Tensor:
    """Return L_G = α Σ over kinds of E KL(x_s) + error; arguments as those of `encoder_loss`."""
    total = error
    for divergences in made:
        total = total + alpha * divergences.float().mean()
    return total
