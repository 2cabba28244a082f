"""Tasks whose prior over outputs is known exactly, so that samplers of the posterior need no training."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


class KnownPrior(ABC):
    """A part of a task: it knows the law of its outputs without a condition; add it in front of the task's base class.

    Values x are `float[…, *space.shape]` in the units of the samples (grey levels 0..255 for images); `noise_level` is
    τ of x = x₀ + τ ε in the same units, a number or a tensor that broadcasts. Results have the dtype of x and are
    differentiable in it. For x = √ᾱ x₀ + √(1 - ᾱ) ε use `denoiser(x / √ᾱ, √((1 - ᾱ) / ᾱ))`.
    """

    @abstractmethod
    def denoiser(self, x: Tensor, noise_level: float | Tensor) -> Tensor:
        """Return E[x₀ | x₀ + τ ε = x], of the shape of x: the best denoiser that there can be."""

    @abstractmethod
    def score(self, x: Tensor, noise_level: float | Tensor) -> Tensor:
        """Return the gradient of the log density of x₀ + τ ε at x, of the shape of x: (D(x, τ) - x) / τ²."""
