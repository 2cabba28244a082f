"""DPS: an unconditional step, then one down the gradient of the measurement's error (Chung et al., ICLR 2023)."""

from __future__ import annotations

import torch
from torch import Tensor

from benchbench_flows.samplers.denoisers import Denoiser, Draw
from benchbench_flows.samplers.operators import Operator


def dps(
    denoiser: Denoiser,
    operator: Operator,
    measured: Tensor,
    draw: Draw,
    sigmas: Tensor,
    zeta: float = 0.3,
) -> Tensor:
    """Return samples drawn to the measurement by `zeta` times the gradient of `|y - A D(x)|` (algorithm 1).

    The norm is not squared, and it is each sample's own: the authors' code takes it over the batch, so that results
    depend on its size. Their x is ours divided by `sqrt(1 + sigma^2)`, and the step is taken there.
    """
    noisy = (sigmas[0] * draw()).to(measured.dtype)
    for sigma, following in zip(sigmas, [*sigmas[1:], torch.zeros(())], strict=True):
        s, t = sigma.to(noisy.dtype), following.to(noisy.dtype)
        with torch.enable_grad():
            held = noisy.detach().requires_grad_()
            found = denoiser(held, s)
            error = (measured - operator.degrade(found)).flatten(1).norm(dim=1)
            (gradient,) = torch.autograd.grad(error.sum(), held)
        found = found.detach()
        kept = (t / s).square()
        ancestral = found + kept * (noisy - found) + t * (1 - kept).sqrt() * draw()
        scale = (1 + s.square()).sqrt() * (1 + t.square()).sqrt()
        noisy = ancestral - zeta * scale * gradient
    return noisy
