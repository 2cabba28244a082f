"""MS-SSIM (Wang, Simoncelli & Bovik, Asilomar 2003) for images of any size: the window shrinks with the scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchbench.stats.distances import require_bytes

if TYPE_CHECKING:
    from torch import Tensor

WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
"""The exponents of the five scales, finest first."""
WINDOW = 11
SIGMA = 1.5
C1 = (0.01 * 255) ** 2
C2 = (0.03 * 255) ** 2
SMALLEST = 16
"""The side, in pixels, of the smallest image that has five scales."""


def ms_ssim_shrunk(first: Tensor, second: Tensor) -> Tensor:
    """Return `float64[P]`, the MS-SSIM of each pair of images `uint8[P, 3, H, W]`, sides of 16 px or more.

    The window of 11 (σ 1.5) is made no larger than the image at each scale, its σ in proportion, as in the code of
    Karras et al. (ICLR 2018). Otherwise as pytorch-msssim: channel by channel, negative terms count as 0 (Karras et al.
    average the channels at each scale). Images of even sides have the value of pytorch-msssim where it has one.
    """
    import torch
    from torch.nn.functional import avg_pool2d

    first, second = require_bytes(first).double(), require_bytes(second).double()
    terms = []
    for scale in range(len(WEIGHTS)):
        if scale:
            first, second = avg_pool2d(first, 2), avg_pool2d(second, 2)
        luminance, contrast = _similarity(first, second)
        last = scale == len(WEIGHTS) - 1
        terms.append((luminance * contrast if last else contrast).mean((2, 3)))
    weights = first.new_tensor(WEIGHTS)[:, None, None]
    return (torch.stack(terms).clamp(min=0) ** weights).prod(0).mean(1)


def _similarity(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    """Return the maps `float64[P, 3, h, w]` of the luminance and of the contrast-structure term."""
    side = min(WINDOW, *first.shape[2:])
    rows, columns = (_filter(length, side).to(first.device) for length in first.shape[2:])

    def blurred(images: Tensor) -> Tensor:
        return rows @ images @ columns.T

    mean1, mean2 = blurred(first), blurred(second)
    power = mean1.square() + mean2.square()
    variances = blurred(first.square() + second.square()) - power
    covariance = blurred(first * second) - mean1 * mean2
    return (2 * mean1 * mean2 + C1) / (power + C1), (2 * covariance + C2) / (variances + C2)


def _filter(length: int, side: int) -> Tensor:
    """Return `float64[length - side + 1, length]`, Gaussian filtering of a line as a matrix.

    A matrix product is several times as fast as a convolution of float64 by groups.
    """
    import torch

    offsets = torch.arange(side, dtype=torch.float64) - (side - 1) / 2
    window = torch.exp(-offsets.square() / (2 * (SIGMA * side / WINDOW) ** 2))
    matrix = torch.zeros(length - side + 1, length, dtype=torch.float64)
    for i, weight in enumerate(window / window.sum()):
        matrix.diagonal(i).fill_(float(weight))
    return matrix
