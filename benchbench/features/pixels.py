"""The samples themselves as features: a baseline for images, the natural space for points."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from benchbench.core import FeatureExtractor
from benchbench.hookspecs import hookimpl

if TYPE_CHECKING:
    from torch import Tensor


class Pixels(FeatureExtractor):
    """Images in [-1, 1], scaled so that distance is the root mean square difference; points as they are."""

    name = "pixels"
    version = 1
    summary = "the samples themselves: root mean square difference of images in [-1, 1], Euclidean distance of points"
    kinds = ("images", "points")

    def load(self, device: str) -> Callable[[Tensor], dict[str, Tensor]]:
        """Return the views: `embedding` is every value, `pooled` the image averaged down to 8 x 8."""
        return _views

    def taps(self, shape: tuple[int, ...]) -> tuple[tuple[int, int, int], ...]:
        """Return the one map of an image, the image itself; points have no places."""
        return ((shape[0], shape[1], shape[2]),) if len(shape) == 3 else ()

    def differentiable(self, device: str) -> Callable[[Tensor], Tensor]:
        """Return the embedding of images in [-1, 1], or of points."""
        return lambda samples: samples.flatten(1) / (samples[0].numel() ** 0.5 if samples.ndim > 2 else 1.0)


def _views(samples: Tensor) -> dict[str, Tensor]:
    import torch

    if samples.dtype != torch.uint8:
        if samples.ndim != 2:
            raise TypeError(f"images are measured as uint8 in 0..255, got {samples.dtype}{list(samples.shape)}")
        return {"embedding": samples, "pooled": samples}
    images = samples.float() / 127.5 - 1
    flat = images.flatten(1)
    pooled = torch.nn.functional.adaptive_avg_pool2d(images, 8).flatten(1)
    return {"embedding": flat / flat.shape[1] ** 0.5, "pooled": pooled}


@hookimpl
def benchbench_features() -> Iterable[type[FeatureExtractor]]:
    """Register the extractor."""
    return (Pixels,)
