"""DDNM: each estimate of the image is made consistent with the measurement (Wang, Yu & Zhang, ICLR 2023)."""

from __future__ import annotations

import torch
from torch import Tensor

from benchbench_flows.samplers.denoisers import Denoiser, Draw
from benchbench_flows.samplers.operators import Operator, consistent


def ddnm(
    denoiser: Denoiser, operator: Operator, measured: Tensor, draw: Draw, sigmas: Tensor, eta: float = 0.85
) -> Tensor:
    """Return samples whose measurement is exactly `measured`, which has no noise (where it has: `ddrm`).

    `sigmas` fall; the last step goes to 0. `eta` is the share of new noise in that of a step. It is the same
    for many steps as for few: for an `eta` over 0 the spread of what is not measured stays too small.
    """
    noisy = (sigmas[0] * draw()).to(measured.dtype)
    for sigma, following in zip(sigmas, [*sigmas[1:], torch.zeros(())], strict=True):
        s, t = sigma.to(noisy.dtype), following.to(noisy.dtype)
        image = consistent(operator, denoiser(noisy, s), measured)
        noisy = image + (1 - eta**2) ** 0.5 * (t / s) * (noisy - image) + eta * t * draw()
    return noisy
