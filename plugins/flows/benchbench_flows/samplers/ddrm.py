"""DDRM: each part of the image is sampled by how well the measurement knows it (Kawar et al., NeurIPS 2022)."""

from __future__ import annotations

import torch
from torch import Tensor

from benchbench_flows.samplers.denoisers import Denoiser, Draw
from benchbench_flows.samplers.operators import Operator


def ddrm(
    denoiser: Denoiser,
    operator: Operator,
    measured: Tensor,
    draw: Draw,
    sigmas: Tensor,
    eta: float = 0.85,
    eta_measured: float = 1.0,
    deviation: float = 0.0,
) -> Tensor:
    """Return samples given a measurement with noise of this standard deviation; `sigmas` fall, and end at 0.

    A part with singular value k is known up to `deviation / k` (equations 7 and 8). While the chain's noise is larger,
    the part is drawn around the measurement; from then on, around the estimate and towards the measurement.
    """
    known = operator.pseudo_inverse(measured)
    start = zip(operator.parts(sigmas[0].to(measured.dtype) * draw()), operator.parts(known), strict=True)
    noisy = torch.stack([_begun(sigmas[0], value, noise, y, deviation) for (value, noise), (_, y) in start]).sum(0)
    for sigma, following in zip(sigmas, [*sigmas[1:], torch.zeros(())], strict=True):
        s, t = sigma.to(noisy.dtype), following.to(noisy.dtype)
        found = denoiser(noisy, s)
        rows = zip(*(operator.parts(each) for each in (noisy, found, known, draw())), strict=True)
        new = []
        for (value, x), (_, image), (_, y), (_, noise) in rows:
            if value == 0:
                new.append(image + (1 - eta**2) ** 0.5 * (t / s) * (x - image) + eta * t * noise)
            elif float(following) * value >= deviation:
                left = (t.square() - (eta_measured * deviation / value) ** 2).clamp_min(0).sqrt()
                new.append(image + eta_measured * (y - image) + left * noise)
            else:
                towards = (1 - eta**2) ** 0.5 * t * value / deviation
                new.append(image + towards * (y - image) + eta * t * noise)
        noisy = torch.stack(new).sum(0)
    return noisy


def _begun(sigma: Tensor, value: float, noise: Tensor, measured: Tensor, deviation: float) -> Tensor:
    """Return a part at the highest noise level: around the measurement where that is known better."""
    if value == 0 or float(sigma) * value < deviation:
        return noise
    return measured + (1 - (deviation / (value * sigma.to(noise.dtype))) ** 2).sqrt() * noise
