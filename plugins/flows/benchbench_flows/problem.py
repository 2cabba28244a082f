"""One condition of a task as a sampler takes it: operator, measurement and denoiser in one scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from benchbench.core import Task
from benchbench.training.forms import MEASURED, Form, Given
from torch import Tensor

from benchbench_flows.samplers.denoisers import Denoiser, denoiser_of


@dataclass(frozen=True)
class Scale:
    """Samples are `centre + spread * u`; u, about standard, is what samplers work on."""

    centre: float
    """In the units of the task's samples: grey levels of images."""
    spread: float

    def sample(self, units: Tensor) -> Tensor:
        """Return samples in the units of the task."""
        return self.centre + self.spread * units


class Problem:
    """A linear operator for K samples of one condition, with what was measured; see `samplers.operators`."""

    def __init__(self, task: Any, condition: Mapping[str, Tensor], scale: Scale, number: int) -> None:
        self._task, self._condition, self._scale = task, condition, scale
        observed = task.observed(condition)
        middle = torch.full((1, 1, *task.space.shape), scale.centre, device=observed.device)
        self.measured = ((observed - task.degrade(middle, condition)) / scale.spread)[0].expand(
            number, *observed.shape[2:]
        )
        """`float32[K, …]`, in the units of u: what is measured less what the centre would give."""
        self.deviation = float(task.noise_std) / scale.spread
        """Of the measurement's noise."""

    def degrade(self, samples: Tensor) -> Tensor:
        """Return A u of `[K, *space.shape]`."""
        degraded: Tensor = self._task.degrade(samples[None], self._condition)[0]
        return degraded

    def pseudo_inverse(self, measured: Tensor) -> Tensor:
        """Return A+ y: the smallest u with `A u = y`."""
        smallest: Tensor = self._task.pseudo_inverse(measured[None], self._condition)[0]
        return smallest

    def parts(self, samples: Tensor) -> Sequence[tuple[float, Tensor]]:
        """Return u as a sum of orthogonal parts, each with its singular value of A; the last is what A does not see."""
        seen = [(float(value), part[0]) for value, part in self._task.singular_parts(samples[None], self._condition)]
        return *seen, (0.0, samples - torch.stack([part for _, part in seen]).sum(0))


def trained_scale(form: Form, task: Task) -> Scale:
    """Return the scale of a trained prior: its form's, of images in [-1, 1]."""
    centre, spread = float(form.centre), float(form.scale)
    return Scale(127.5 * (1 + centre), 127.5 * spread) if task.space.kind == "images" else Scale(centre, spread)


def exact_scale(task: Task) -> Scale:
    """Return the scale of the first real outputs."""
    real = task.real_pool()[:MEASURED].double()
    return Scale(float(real.mean()), float(real.std()))


def exact_denoiser(task: Any, scale: Scale) -> Denoiser:
    """Return the task's denoiser of u."""

    def denoise(noisy: Tensor, sigma: Tensor) -> Tensor:
        found: Tensor = task.denoiser(scale.sample(noisy), float(sigma) * scale.spread)
        return (found - scale.centre) / scale.spread

    return denoise


def trained_denoiser(model: Any) -> Denoiser:
    """Return the denoiser of a prior's network."""

    def denoise(noisy: Tensor, sigma: Tensor) -> Tensor:
        given: Given = model.form.given({}, len(noisy))
        return denoiser_of(model.predicted(given))(noisy, sigma)

    return denoise
