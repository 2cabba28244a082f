"""DAPS: at each noise level an image is drawn given x and measurement, then noised again (Zhang et al., CVPR 2025)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from benchbench_flows.samplers.denoisers import Denoiser, Draw, levels
from benchbench_flows.samplers.operators import Operator


@dataclass(frozen=True)
class Langevin:
    """The inner chain, which draws an image near an estimate and near the measurement."""

    steps: int = 100
    rate: float = 1e-4
    """At the highest noise level; it falls along a line over the levels."""
    least: float = 0.01
    """Of the rate, at the lowest level."""
    deviation: float = 0.01
    """Standard deviation of the measurement's noise; a small number where it has none."""


def daps(
    denoiser: Denoiser,
    operator: Operator,
    measured: Tensor,
    draw: Draw,
    sigmas: Tensor,
    inner_steps: int = 5,
    langevin: Langevin | None = None,
) -> Tensor:
    """Return samples: the image drawn at the last of `sigmas`, which fall (algorithm 1).

    At each level the probability flow runs from x to its image in a few steps of Euler; Langevin's chain then draws
    from the normal law around that, of the level's deviation, times the likelihood of the measurement.
    """
    chain = langevin or Langevin()
    seen = operator.parts(operator.pseudo_inverse(measured))
    noisy = (sigmas[0] * draw()).to(measured.dtype)
    image = noisy
    for number, sigma in enumerate(sigmas):
        image = _flow(denoiser, noisy, sigma, inner_steps)
        share = number / max(len(sigmas) - 1, 1)
        rate = chain.rate * (1 - share * (1 - chain.least))
        image = end_of_chain(image, float(sigma), operator, seen, draw().to(image.dtype), chain, rate)
        if number < len(sigmas) - 1:
            noisy = image + sigmas[number + 1].to(image.dtype) * draw()
    return image


def _flow(denoiser: Denoiser, noisy: Tensor, sigma: Tensor, steps: int) -> Tensor:
    """Return the end of the probability flow from a noise level to 0: dx / dsigma = (x - D) / sigma."""
    grid = levels(steps, float(sigma), float(sigma) / 100) if steps > 1 else sigma[None]
    for start, end in zip(grid, [*grid[1:], torch.zeros(())], strict=True):
        s = start.to(noisy.dtype)
        noisy = noisy + (end.to(noisy.dtype) - s) * (noisy - denoiser(noisy, s)) / s
    return noisy


def end_of_chain(
    start: Tensor,
    sigma: float,
    operator: Operator,
    seen: Sequence[tuple[float, Tensor]],
    noise: Tensor,
    chain: Langevin,
    rate: float,
) -> Tensor:
    """Return a draw of where Langevin's chain ends, for the parts of A+ y and standard normal noise like `start`.

    A step is `x + rate (A^T (y - A x) / deviation^2 + (start - x) / sigma^2) + sqrt(2 rate) z`. It is linear, and along
    a part with singular value s of A it keeps `1 - rate p` of the distance to a centre, `p = s^2 / deviation^2 + 1 /
    sigma^2`. So the end of n steps is normal, and one draw gives it.
    """
    end = torch.zeros_like(start)
    parts = zip(seen, operator.parts(start), operator.parts(noise), strict=True)
    for (value, told), (_, begun), (_, drawn) in parts:
        likelihood, prior = (value / chain.deviation) ** 2, sigma**-2
        centre = (likelihood * told + prior * begun) / (likelihood + prior)
        powers = torch.tensor(1 - rate * (likelihood + prior), dtype=torch.float64) ** torch.arange(chain.steps + 1)
        deviation = (2 * rate * powers[:-1].square().sum()).sqrt()
        end = end + centre + float(powers[-1]) * (begun - centre) + float(deviation) * drawn
    return end
