"""A hole filled smoothly from around it: what an inpainted image is a residual of."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate, pad

SWEEPS = 8
"""Relaxations at each resolution."""
SMALLEST = 4
"""The side, in pixels, below which an image is halved no more."""


def smooth_fill(images: Tensor, hole: Tensor) -> Tensor:
    """Return `[N, C, H, W]` whose pixels in the hole `bool[N, 1, H, W]` are nearly harmonic, the others as they were.

    Harmonic: each the mean of its four neighbours; at the border of the image it stands for a missing one itself.
    From coarse to fine: the image at half its size is filled first, and relaxed at each resolution (Bornemann and
    Deuflhard 1996, cascadic multigrid). What `images` hold in the hole does not matter.
    """
    filled = torch.where(hole, torch.zeros_like(images), images)
    height, width = images.shape[2:]
    if min(height, width) > SMALLEST and height % 2 == 0 and width % 2 == 0:
        known = avg_pool2d((~hole).to(images.dtype), 2)
        coarse = avg_pool2d(filled, 2) / known.clamp_min(0.25)
        guess = interpolate(smooth_fill(coarse, known == 0), scale_factor=2.0, mode="bilinear", align_corners=False)
        filled = torch.where(hole, guess, filled)
    board = torch.arange(height, device=hole.device)[:, None] + torch.arange(width, device=hole.device)
    halves = [hole & (board % 2 == parity) for parity in (0, 1)]
    for _ in range(SWEEPS):
        for half in halves:
            around = pad(filled, (1, 1, 1, 1), mode="replicate")
            mean = (around[..., 1:-1, 2:] + around[..., 1:-1, :-2] + around[..., 2:, 1:-1] + around[..., :-2, 1:-1]) / 4
            filled = torch.where(half, mean, filled)
    return filled


def places(hole: Tensor) -> Tensor:
    """Return `float32[N, 10, H, W]`: how far each pixel is from the middle of the hole `bool[N, 1, H, W]`.

    The middle is a pixel: that of the hole's bounding box, rounded up and to the left. For each axis: the distance in
    eighths of pixels, at most 2 either way, and its sine and cosine over 4 and over 16 pixels.
    """
    found = []
    for axis in (2, 3):
        away = (torch.arange(hole.shape[axis], device=hole.device) - middle(hole, axis)[:, None]).float()
        turns = [torch.pi * 2 * away / period for period in (4, 16)]
        features = [(away / 8).clamp(-2, 2), *(part for turn in turns for part in (turn.sin(), turn.cos()))]
        stacked = torch.stack(features, 1)
        shaped = stacked[:, :, :, None] if axis == 2 else stacked[:, :, None, :]
        found.append(shaped.expand(-1, -1, *hole.shape[2:]))
    return torch.cat(found, 1)


def middle(hole: Tensor, axis: int) -> Tensor:
    """Return `int64[N]`: the middle pixel of the boxes about holes `bool[N, 1, H, W]` on axis 2 or 3, the lower one."""
    line = hole.any(5 - axis).flatten(1).to(torch.uint8)  # any of the other axis
    return (line.argmax(1) + line.shape[1] - 1 - line.flip(1).argmax(1)).div(2, rounding_mode="floor")
