"""The built-in extractor: small, shipped with its weights, no download; its evidence is in docs/mini.md."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from benchbench.core import FeatureExtractor, WeightFile
from benchbench.hookspecs import hookimpl
from benchbench.system.weights import file_hash, find

if TYPE_CHECKING:
    from torch import Tensor

MINI = WeightFile(
    "features/mini.safetensors",
    "",
    "f2a355436a6820a8ae65b4b71dbbaee93910b3b08ac557bee38b0b38a9d1326c",
    "mini",
    "MIT (ours)",
    package="benchbench",
    known_answer=1.553401,
)


class Mini(FeatureExtractor):
    """A small self-supervised network in LPIPS's form; it is not LPIPS: write `diversity[mini@1]`."""

    name = "mini"
    version = 1
    summary = "small built-in perceptual network, trained by scripts/mini/train.py; needs no download"
    weights = (MINI,)

    def load(self, device: str) -> Callable[[Tensor], dict[str, Tensor]]:
        """Return `embedding` (squared distance is perceptual) and `pooled`."""
        from benchbench.features._mini_network import MiniNetwork

        network = MiniNetwork.load(find(MINI)).to(device).eval().requires_grad_(False)
        return lambda images: dict(zip(("embedding", "pooled"), network(images), strict=True))

    def taps(self, shape: tuple[int, ...]) -> tuple[tuple[int, int, int], ...]:
        """Return the shapes of the three tapped maps."""
        from benchbench.features._mini_network import tap_shapes

        return tap_shapes(shape)

    def differentiable(self, device: str) -> Callable[[Tensor], Tensor]:
        """Return the embedding of images in [-1, 1]."""
        from benchbench.features._mini_network import MiniNetwork

        network = MiniNetwork.load(find(MINI)).to(device)
        return lambda images: network.embedding(network.maps((images + 1) / 2))

    def weight_hash(self) -> str:
        """Return the SHA-256 of the weights' file."""
        return file_hash(find(MINI))


@hookimpl
def benchbench_features() -> Iterable[type[FeatureExtractor]]:
    """Register the extractor."""
    return (Mini,)
