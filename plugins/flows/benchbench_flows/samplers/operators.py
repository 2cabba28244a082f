"""Linear measurements `y = A x`, by what a sampler needs of them; those of images, and any matrix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate


class Operator(Protocol):
    """A linear map A with its pseudo-inverse and singular values."""

    def degrade(self, samples: Tensor) -> Tensor:
        """Return A x of samples `[N, …]`."""

    def pseudo_inverse(self, measured: Tensor) -> Tensor:
        """Return A+ y: the smallest x with `A x = y`."""

    def parts(self, samples: Tensor) -> Sequence[tuple[float, Tensor]]:
        """Return x as a sum of orthogonal parts, each with its singular value of A: 0 for what A does not see."""


def consistent(operator: Operator, samples: Tensor, measured: Tensor) -> Tensor:
    """Return the nearest x to each sample with `A x = y`: A+ y + x - A+ A x."""
    return samples + operator.pseudo_inverse(measured - operator.degrade(samples))


@dataclass(frozen=True)
class BlockMean:
    """Means of blocks of `factor` x `factor` pixels; all singular values are 1 / factor."""

    factor: int

    def degrade(self, samples: Tensor) -> Tensor:
        """Return `[N, C, h, w]` of images `[N, C, H, W]`."""
        return avg_pool2d(samples, self.factor)

    def pseudo_inverse(self, measured: Tensor) -> Tensor:
        """Return each value repeated over its block."""
        return interpolate(measured, scale_factor=float(self.factor))

    def parts(self, samples: Tensor) -> Sequence[tuple[float, Tensor]]:
        """Return the blocks' means and what is left."""
        means = self.pseudo_inverse(self.degrade(samples))
        return (1 / self.factor, means), (0.0, samples - means)


@dataclass(frozen=True)
class Mask:
    """Known pixels; all singular values are 1."""

    known: Tensor
    """`bool`, of a shape that broadcasts with samples."""

    def degrade(self, samples: Tensor) -> Tensor:
        """Return the samples, 0 where they are not known."""
        return samples * self.known

    def pseudo_inverse(self, measured: Tensor) -> Tensor:
        """Return what is known, and 0 elsewhere."""
        return measured * self.known

    def parts(self, samples: Tensor) -> Sequence[tuple[float, Tensor]]:
        """Return what is known and what is not."""
        return (1.0, samples * self.known), (0.0, samples * ~self.known)


@dataclass(frozen=True)
class Grey:
    """The mean of the channels; all singular values are 1 / sqrt(C)."""

    channels: int = 3

    def degrade(self, samples: Tensor) -> Tensor:
        """Return `[N, 1, H, W]` of images `[N, C, H, W]`."""
        return samples.mean(1, keepdim=True)

    def pseudo_inverse(self, measured: Tensor) -> Tensor:
        """Return the grey image in all channels."""
        return measured.expand(-1, self.channels, -1, -1)

    def parts(self, samples: Tensor) -> Sequence[tuple[float, Tensor]]:
        """Return the grey image and the colour."""
        grey = self.pseudo_inverse(self.degrade(samples))
        return (self.channels**-0.5, grey), (0.0, samples - grey)


class Matrix:
    """Any matrix, for points `[N, D]`; a part for each singular value, and one for what it does not see."""

    def __init__(self, matrix: Tensor) -> None:
        """Take `float[M, D]`; singular values under 1e-10 of the largest are 0."""
        self._matrix = matrix
        _, values, right = torch.linalg.svd(matrix, full_matrices=False)
        seen = values > 1e-10 * values.max()
        self._values, self._right = values[seen], right[seen]
        self._inverse = torch.linalg.pinv(matrix, rtol=1e-10)

    def degrade(self, samples: Tensor) -> Tensor:
        """Return `[N, M]` of points `[N, D]`."""
        return samples @ self._matrix.T

    def pseudo_inverse(self, measured: Tensor) -> Tensor:
        """Return `[N, D]` of measurements `[N, M]`."""
        return measured @ self._inverse.T

    def parts(self, samples: Tensor) -> Sequence[tuple[float, Tensor]]:
        """Return the points along each right singular vector, and what is left."""
        along = [(samples @ vector)[:, None] * vector for vector in self._right]
        values = self._values.tolist()
        return *zip(values, along, strict=True), (0.0, samples - sum(along))
