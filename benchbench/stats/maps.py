"""Where in the image two embeddings differ: maps whose mean over pixels is about the squared distance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def difference_maps(differences: Tensor, taps: Sequence[tuple[int, int, int]], size: tuple[int, int]) -> Tensor:
    """Return `float64[N, H, W]` of differences of embeddings `[N, D]`, made of maps (C, h, w) divided by √(h w).

    Each map's squared difference is summed over channels, enlarged to (H, W) by the bilinear filter (corners not
    aligned), and the maps are summed: the spatial form of LPIPS.
    """
    import torch

    sizes = [channels * height * width for channels, height, width in taps]
    if sum(sizes) != differences.shape[1]:
        raise ValueError(f"maps of {sum(sizes)} values in all, and embeddings of {differences.shape[1]}")
    total = torch.zeros((len(differences), *size), dtype=torch.float64)
    for part, (channels, height, width) in zip(differences.double().split(sizes, 1), taps, strict=True):
        squares = part.reshape(-1, channels, height, width).square().sum(1, keepdim=True) * (height * width)
        total += torch.nn.functional.interpolate(squares, size=size, mode="bilinear", align_corners=False)[:, 0]
    return total
