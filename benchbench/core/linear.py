"""Tasks whose condition is a linear function of their target, as posterior samplers need it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


class LinearObservation(ABC):
    """A part of a task: its condition is y = A x + noise of a target x; add it in front of the task's base class.

    Values x are `float[B, K, *space.shape]` in the units of the samples: grey levels 0..255 for images, not scaled to
    [-1, 1]. `condition` maps each modality to its stacked values `[B, …]`, as `Conditions.values` does. Every method
    is differentiable in x, keeps dtype and device, and treats each of the B x K values alone.
    """

    noise_std: float = 0.0
    """The standard deviation of the observation's noise, in the units of y; 0 without noise (but for rounding)."""

    @abstractmethod
    def observed(self, condition: Mapping[str, Tensor]) -> Tensor:
        """Return y, `float32[B, 1, …]`, from the condition."""

    @abstractmethod
    def degrade(self, x: Tensor, condition: Mapping[str, Tensor]) -> Tensor:
        """Return A x, `[B, K, …]`, without noise and without rounding."""

    @abstractmethod
    def pseudo_inverse(self, y: Tensor, condition: Mapping[str, Tensor]) -> Tensor:
        """Return A⁺ y, `[B, K, *space.shape]`, of `[B, K, …]`: the smallest x whose A x is nearest to y."""

    @abstractmethod
    def singular_parts(self, x: Tensor, condition: Mapping[str, Tensor]) -> Sequence[tuple[float, Tensor]]:
        """Return the parts of x that A sees, each with its singular value; what is left of x is in the null space.

        The parts, each `[B, K, *space.shape]`, are orthogonal, and A scales the length of each by its singular value.
        """

    def project(self, x: Tensor, y: Tensor, condition: Mapping[str, Tensor]) -> Tensor:
        """Return x with its seen part replaced, A⁺ y + x - A⁺ A x: what is observed is then y exactly."""
        return self.pseudo_inverse(y, condition) + x - self.pseudo_inverse(self.degrade(x, condition), condition)
