"""The classifier that counts modes of stacked digits: the nearest training image, or none where it is too far."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from benchbench.tasks import digits

if TYPE_CHECKING:
    from torch import Tensor

REACH = 1.1
"""What is taken for a digit is at most so many times as far from a training image as any of the validation images."""
_STRIP = 2048


def small(images: Tensor) -> Tensor:
    """Return `float64[N, 64]`: grey images `uint8[N, 32, 32]` at 8 px, by the sum of 4 x 4 pixels."""
    return images.double().unflatten(2, (8, 4)).unflatten(1, (8, 4)).sum((2, 4)).flatten(1)


def read(images: Tensor) -> Tensor:
    """Return `int64[N]`: the digit of the nearest training image to each `uint8[N, 32, 32]`, or -1 where none is near.

    Distances are Euclidean, of whole numbers, so exact in float64; of two nearest images the first counts.
    """
    import torch

    squares, found = _nearest(images.cpu())
    return torch.where(squares <= _reach(), _training()[1][found], -1)


def _nearest(images: Tensor) -> tuple[Tensor, Tensor]:
    """Return the squared distance to the nearest training image, `float64[N]`, and its place, `int64[N]`."""
    import torch

    pool, _ = _training()
    parts = []
    for part in small(images).split(_STRIP):
        squares = part.square().sum(1, keepdim=True) - 2 * part @ pool.T + pool.square().sum(1)
        parts.append(squares.min(1))
    return torch.cat([each.values for each in parts]), torch.cat([each.indices for each in parts])


@functools.lru_cache(maxsize=1)
def _training() -> tuple[Tensor, Tensor]:
    """Return the training images at 8 px, `float64[997, 64]`, and their digits, `int64[997]`."""
    import torch

    own = digits.members("train")
    places = [index for each in own for index in each]
    labels = [digit for digit, each in enumerate(own) for _ in each]
    return small(digits.grey_digits()[places]), torch.tensor(labels)


@functools.lru_cache(maxsize=1)
def _reach() -> float:
    """Return the squared distance to the nearest training image within which an image is a digit."""
    places = [index for each in digits.members("validation") for index in each]
    squares, _ = _nearest(digits.grey_digits()[places])
    return float(squares.max()) * REACH**2
