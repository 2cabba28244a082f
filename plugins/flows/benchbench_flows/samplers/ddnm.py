"""DDNM: each estimate of the image is made consistent with the measurement (Wang, Yu & Zhang, ICLR 2023)."""

from __future__ import annotations

import torch
from torch import Tensor

from benchbench_flows.samplers.denoisers import Denoiser, Draw
from benchbench_flows.samplers.operators import Operator, consistent


def ddnm(
    denoiser: Denoiser,
    operator: Operator,
    measured: Tensor,
    draw: Draw,
    sigmas: Tensor,
    eta: float = 0.85,
    deviation: float = 0.0,
) -> Tensor:
    """Return samples given a measurement with noise of this standard deviation; without noise it is kept exactly.

    `sigmas` fall; the last step goes to 0. `eta` is the share of new noise in that of a step. It is the same
    for many steps as for few: for an `eta` over 0 the spread of what is not measured stays too small. With noise
    (DDNM+, equations 17 to 19) a part of singular value k is corrected by no more than the new noise, less that of the
    measurement, can hide.
    """
    noisy = (sigmas[0] * draw()).to(measured.dtype)
    for sigma, following in zip(sigmas, [*sigmas[1:], torch.zeros(())], strict=True):
        s, t = sigma.to(noisy.dtype), following.to(noisy.dtype)
        found, new = denoiser(noisy, s), eta * t
        if deviation:
            image, added = _corrected(operator, found, measured, draw(), new, deviation)
        else:
            image, added = consistent(operator, found, measured), new * draw()
        noisy = image + (1 - eta**2) ** 0.5 * (t / s) * (noisy - image) + added
    return noisy


def _corrected(
    operator: Operator, found: Tensor, measured: Tensor, noise: Tensor, new: Tensor, deviation: float
) -> tuple[Tensor, Tensor]:
    """Return the estimate corrected in each part, and the noise that is added, of deviation `new` with that in it."""
    known = operator.pseudo_inverse(measured)
    image, added = [], []
    rows = zip(operator.parts(found), operator.parts(known), operator.parts(noise), strict=True)
    for (value, estimate), (_, y), (_, drawn) in rows:
        share = min(1.0, float(new) * value / deviation) if value else 0.0
        own = share * deviation / value if value else 0.0
        image.append(estimate + share * (y - estimate))
        added.append((new.square() - own**2).clamp_min(0).sqrt() * drawn)
    return torch.stack(image).sum(0), torch.stack(added).sum(0)
