"""The built-in extractor: small, shipped with its weights, no download; its evidence is in docs/mini.md."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from benchbench.core import FeatureExtractor
from benchbench.hookspecs import hookimpl
from benchbench.system import weights

if TYPE_CHECKING:
    from torch import Tensor

WEIGHTS = Path(__file__).with_name("mini.safetensors")


class Mini(FeatureExtractor):
    """A small self-supervised network in LPIPS's form; never called LPIPS: say `diversity[mini@1]`."""

    name = "mini"
    version = 1
    summary = "small built-in perceptual network, trained by scripts/mini/train.py; needs no download"

    def load(self, device: str) -> Callable[[Tensor], dict[str, Tensor]]:
        """Return `embedding` (squared distance is perceptual) and `pooled`."""
        from benchbench.features._mini_network import MiniNetwork

        network = MiniNetwork.load(WEIGHTS).to(device).eval().requires_grad_(False)
        return lambda images: dict(zip(("embedding", "pooled"), network(images), strict=True))

    def weight_hash(self) -> str:
        """Return the SHA-256 of the weights' file."""
        return _hash()


@functools.lru_cache(maxsize=1)
def _hash() -> str:
    return weights.file_hash(WEIGHTS)


@hookimpl
def benchbench_features() -> Iterable[type[FeatureExtractor]]:
    """Register the extractor."""
    return (Mini,)
