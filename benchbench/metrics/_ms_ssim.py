"""MS-SSIM (Wang, Simoncelli & Bovik, Asilomar 2003): with the window of a reference package, or one that shrinks."""

from __future__ import annotations

from collections.abc import Callable
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


def ms_ssim(first: Tensor, second: Tensor, window: int) -> Tensor:
    """Return `float64[P]`, the MS-SSIM of each pair of images `uint8[P, 3, H, W]`, as pytorch-msssim defines it.

    The window has σ 1.5 at every scale; sides that are odd are padded with 0 before they are halved. Maps are
    `float32`; the values agree with that package's in `float64` within 1e-6.
    """
    import torch

    line = torch.arange(window, dtype=torch.float32) - window // 2
    weights = torch.exp(-line.square() / (2 * SIGMA**2))
    weights /= weights.sum()  # in single precision, as there
    images = (require_bytes(first).float(), require_bytes(second).float())
    return _multiscale(*images, lambda length, side: _banded(weights, length), pads=True)


def ms_ssim_shrunk(first: Tensor, second: Tensor) -> Tensor:
    """Return `float64[P]`, the MS-SSIM of each pair of images `uint8[P, 3, H, W]`, sides of 16 px or more.

    The window of 11 (σ 1.5) is made no larger than the image at each scale, its σ in proportion, as in the code of
    Karras et al. (ICLR 2018). Otherwise as pytorch-msssim: channel by channel, negative terms count as 0 (Karras et al.
    average the channels at each scale). Images of even sides have the value of pytorch-msssim where it has one.
    """
    images = (require_bytes(first).double(), require_bytes(second).double())
    return _multiscale(*images, lambda length, side: _banded(_shrunk(min(WINDOW, side)), length), pads=False)


def _multiscale(first: Tensor, second: Tensor, filtering: Callable[[int, int], Tensor], pads: bool) -> Tensor:
    """Return `float64[P]` of images `[P, 3, H, W]`, given the matrix that filters a line, by its length and the side.

    With s = a + b and d = a - b: the variances of a and b have the sum (var s + var d) / 2, and their covariance is
    (var s - var d) / 4, so that two images are filtered where a, b and ab would be three.
    """
    import torch

    both, number = torch.cat([first + second, first - second]), len(first)
    terms = []
    for scale in range(len(WEIGHTS)):
        if scale:
            both = _halved(both, pads)
        height, width = both.shape[2:]
        rows, columns = (filtering(length, min(height, width)).to(both) for length in (height, width))
        blurred = rows @ torch.cat([both, both.square()]) @ columns.T
        powers = blurred[: 2 * number].square()
        variances = blurred[2 * number :] - powers
        similarity = _ratio(variances[:number], variances[number:], C2)
        if scale == len(WEIGHTS) - 1:
            similarity = similarity * _ratio(powers[:number], powers[number:], C1)
        terms.append(similarity.mean((2, 3), dtype=torch.float64))
    weights = terms[0].new_tensor(WEIGHTS)[:, None, None]
    return (torch.stack(terms).clamp(min=0) ** weights).prod(0).mean(1)


def _halved(images: Tensor, pads: bool) -> Tensor:
    """Return the means of 2 x 2 pixels `[P, 3, h, w]`; odd sides are padded with 0 before the first pixel, or cut."""
    from torch.nn.functional import avg_pool2d

    height, width = images.shape[2:]
    if height % 2 or width % 2:
        return avg_pool2d(images, 2, padding=[side % 2 if pads else 0 for side in (height, width)])
    lines = images[:, :, 0::2] + images[:, :, 1::2]  # a fifth of the time of avg_pool2d
    return (lines[..., 0::2] + lines[..., 1::2]) / 4


def _ratio(of_sum: Tensor, of_difference: Tensor, constant: float) -> Tensor:
    """Return (2 ab + c) / (a² + b² + c) from (a + b)² and (a - b)²."""
    return (of_sum - of_difference + 2 * constant) / (of_sum + of_difference + 2 * constant)


def _shrunk(side: int) -> Tensor:
    """Return `float64[side]`: the Gaussian window of so many pixels, whose σ is in proportion."""
    import torch

    offsets = torch.arange(side, dtype=torch.float64) - (side - 1) / 2
    window = torch.exp(-offsets.square() / (2 * (SIGMA * side / WINDOW) ** 2))
    return window / window.sum()


def _banded(window: Tensor, length: int) -> Tensor:
    """Return `[length - side + 1, length]`, filtering a line by the window as a matrix.

    A matrix product is several times as fast as a convolution by groups.
    """
    matrix = window.new_zeros(length - len(window) + 1, length)
    for i, weight in enumerate(window.tolist()):
        matrix.diagonal(i).fill_(weight)
    return matrix
