"""Colourisation: the condition is the grey image of the target, a linear function of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from benchbench.core import Example, LinearObservation, Task

if TYPE_CHECKING:
    from torch import Tensor

LUMA = (0.299, 0.587, 0.114)
"""The luma of ITU-R BT.601, of sum 1."""
CHOICE = "The grey image is the luma of ITU-R BT.601, as Pillow's `L`; papers often take the lightness of CIELAB."


class ColourTask(LinearObservation, Task):
    """A task whose condition `image` `uint8[1, H, W]` is a weighted mean of its target's channels, rounded."""

    kind = "translation"
    pixelwise = True
    weights: ClassVar[tuple[float, float, float]] = LUMA
    """Of red, green and blue, of sum 1."""

    def grey(self, images: Tensor) -> Tensor:
        """Return `uint8[N, 1, H, W]` of images `uint8[N, 3, H, W]`: their grey, rounded to whole levels."""
        return self._mean(images.double()).round().byte()

    def condition_error(self, example: Example, samples: Tensor) -> Tensor:
        """Return `float64[K]`: the mean absolute difference of each sample's grey, not rounded, from the condition."""
        grey = self._mean(samples.double())
        return (grey - example.condition["image"].to(grey)).abs().mean((1, 2, 3))

    def observed(self, condition: Mapping[str, Tensor]) -> Tensor:
        """Return the grey image."""
        return condition["image"].float()[:, None]

    def degrade(self, x: Tensor, condition: Mapping[str, Tensor]) -> Tensor:
        """Return w·x of each pixel, `[B, K, 1, H, W]`."""
        return self._mean(x)

    def pseudo_inverse(self, y: Tensor, condition: Mapping[str, Tensor]) -> Tensor:
        """Return w y / ‖w‖² for each pixel: for equal weights the grey value in each channel."""
        weights = self._column(y)
        return y * (weights / weights.square().sum())

    def singular_parts(self, x: Tensor, condition: Mapping[str, Tensor]) -> Sequence[tuple[float, Tensor]]:
        """Return the one seen part, along w in each pixel; A scales its length by ‖w‖."""
        length = sum(weight**2 for weight in self.weights) ** 0.5
        return ((length, self.pseudo_inverse(self.degrade(x, condition), condition)),)

    def _mean(self, images: Tensor) -> Tensor:
        """Return the weighted mean over the third last axis, kept, of `float[…, 3, H, W]`."""
        return (images * self._column(images)).sum(-3, keepdim=True)

    def _column(self, like: Tensor) -> Tensor:
        import torch

        return torch.tensor(self.weights, dtype=torch.float64).to(like)[:, None, None]
