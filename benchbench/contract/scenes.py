"""Images for checks: piles of coloured discs, with edges of all sizes as in natural images; the same everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchbench.core.noise import stream

if TYPE_CHECKING:
    from torch import Tensor

SIDE = 64
DISCS = 60
BLURS = (0.5, 1.0, 2.0, 4.0)
"""Standard deviations of a Gaussian, in pixels."""
NOISES = (8.0, 16.0, 32.0, 64.0)
"""Standard deviations of white noise, in grey levels."""


def scenes(number: int) -> Tensor:
    """Return `uint8[number, 3, 64, 64]`: discs of random colours and sizes, the later ones in front."""
    import torch

    made = []
    row, column = np.mgrid[0:SIDE, 0:SIDE]
    for index in range(number):
        generator = stream("scenes", index)
        image = np.empty((3, SIDE, SIDE))
        image[:] = generator.uniform(0, 255, (3, 1, 1))
        for _ in range(DISCS):
            y, x = generator.uniform(0, SIDE, 2)
            inside = np.hypot(row - y, column - x) <= np.exp(generator.uniform(np.log(1.5), np.log(20)))
            image[:, inside] = generator.uniform(0, 255, (3, 1))
        made.append(np.rint(image).astype(np.uint8))
    return torch.from_numpy(np.stack(made))


def blurred(images: Tensor, sigma: float) -> Tensor:
    """Return the images `uint8[N, 3, H, W]` after a Gaussian filter, edges mirrored."""
    import torch
    from torch.nn.functional import conv2d, pad

    reach = int(4 * sigma + 0.5)
    offsets = torch.arange(-reach, reach + 1, dtype=torch.float64)
    weights = torch.exp(-offsets.square() / (2 * sigma**2))
    kernel = (weights / weights.sum())[None, None, None]
    values = images.double().flatten(0, 1)[:, None]
    for each in (kernel, kernel.transpose(2, 3)):
        rows, columns = (each.shape[2] // 2, each.shape[3] // 2)
        values = conv2d(pad(values, (columns, columns, rows, rows), mode="reflect"), each)
    return values[:, 0].reshape(images.shape).round().clamp(0, 255).byte()


def noisy(images: Tensor, sigma: float) -> Tensor:
    """Return the images `uint8[N, 3, H, W]` plus white noise, the same for every level but for its size."""
    import torch

    noise = torch.from_numpy(stream("scenes", "noise").standard_normal(tuple(images.shape)))
    return (images.double() + sigma * noise).round().clamp(0, 255).byte()
