"""Distances of samples in several views, and the losses that are made of them: pure functions of tensors.

A view is `float[..., P, V]`: P parts of V values each, scaled so that Euclidean distance is a root mean square. The
distance in a view is the mean over its parts. A sum of energy scores, each of a function of the sample, is proper; and
strictly so, for the whole image is among the views.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

KINK = 1e-6
"""Added to squared distances, so that the gradient of a distance is finite at 0."""
PATCHES = (8, 4)
"""Sides of the patches in pixels."""
SCALES = (2, 4)
"""Factors by which images are made smaller."""

Embed = Callable[[Tensor], Tensor]
"""From images `[N, 3, H, W]` in [-1, 1] to their embedding `[N, D]`."""


def views(samples: Tensor, embed: Embed | None = None) -> list[Tensor]:
    """Return the views `[N, P, V]` of images `[N, C, H, W]`; of points `[N, D]` the one `[N, 1, D]`, as they are.

    Of images: the whole, patches of 8 and 4 pixels, the image at a half and a quarter of its size, and the embedding if
    there is one. A patch or a factor that does not divide the sides is left out.
    """
    if samples.ndim == 2:
        return [samples[:, None]]
    side = samples.shape[-1]
    found = [_scaled(samples.flatten(1)[:, None])]
    found += [_scaled(patches(samples, each)) for each in PATCHES if side % each == 0 and side > each]
    found += [_scaled(avg_pool2d(samples, each).flatten(1)[:, None]) for each in SCALES if side % each == 0]
    return [*found, embed(samples).float()[:, None]] if embed else found


def patches(images: Tensor, side: int) -> Tensor:
    """Return `[N, P, C * side * side]`: the patches of images `[N, C, H, W]` that do not overlap."""
    number, channels, height, width = images.shape
    cut = images.reshape(number, channels, height // side, side, width // side, side)
    return cut.permute(0, 2, 4, 1, 3, 5).reshape(number, -1, channels * side * side)


def distance(first: Tensor, second: Tensor) -> Tensor:
    """Return `[...]`: the distance of two views `[..., P, V]`, the mean over P of `sqrt(|a - b|^2 + 1e-6)`."""
    return ((first - second).square().sum(-1) + KINK).sqrt().mean(-1)


def energy_loss(samples: Sequence[Tensor], truth: Sequence[Tensor]) -> Tensor:
    """Return the energy score, summed over the views: samples `[N, m, P, V]` each, the truth `[N, P, V]` each.

    `1/m sum_i |x_i - y| - 1/(2 m (m - 1)) sum_{i != j} |x_i - x_j|` (Gneiting & Raftery 2007, equation 21), which has
    the expectation of the score for any m of 2 or more (Shen & Meinshausen 2024).
    """
    total = []
    for found, true in zip(samples, truth, strict=True):
        first, second = torch.triu_indices(found.shape[1], found.shape[1], 1, device=found.device)
        spread = distance(found[:, first], found[:, second]).mean()
        total.append(distance(found, true[:, None]).mean() - spread / 2)
    return torch.stack(total).sum()


def total_distance(samples: Sequence[Tensor], truth: Sequence[Tensor]) -> Tensor:
    """Return `[...]`: the distance summed over the views `[..., P, V]` of samples and truth."""
    return torch.stack([distance(found, true) for found, true in zip(samples, truth, strict=True)]).sum(0)


def _scaled(parts: Tensor) -> Tensor:
    return parts / parts.shape[-1] ** 0.5
