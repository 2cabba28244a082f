"""From samples to vectors: feature extractors, and the files of weights that they declare."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from benchbench.core.errors import Unsupported

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class WeightFile:
    """One file of weights: published for download, or shipped with an installed package."""

    name: str
    """The file's name as published, under which torch hub stores it; of a shipped file, its path in the package."""
    url: str
    """Where it is published."""
    sha256: str
    """Its SHA-256, or as many of its first digits as are known: of downloads, what the publisher puts in the name."""
    network: str = ""
    """The network's name, as listings show it."""
    licence: str = ""
    size: str = ""
    """Such as `233 MB`."""
    features_only: str = ""
    """The name of a smaller file with the convolutional part alone, accepted in its place where an answer is known."""
    package: str = ""
    """The package that it ships with; empty: a download."""
    known_answer: float | None = None
    """The squared distance between the embeddings of `benchbench.system.weights.known_images()`, to 0.001."""


class FeatureExtractor(ABC):
    """A frozen network (or a formula) with its resize and its normalisation."""

    name: ClassVar[str]
    version: ClassVar[str | int]
    summary: ClassVar[str] = ""
    kinds: ClassVar[tuple[str, ...]] = ("images",)
    """The kinds of sample space that it takes."""
    weights: ClassVar[tuple[WeightFile, ...]] = ()
    """The files that `load` reads; `benchbench weights` lists, fetches and checks them."""

    @abstractmethod
    def load(self, device: str) -> Callable[[Tensor], dict[str, Tensor]]:
        """Return a function from samples `[N, *shape]` to its views; raise `MissingData` without its weights.

        `"embedding"`, `float32[N, D]`: Euclidean distance is the perceptual distance's square root.
        `"pooled"`, `float32[N, d]`: a low-dimensional vector for statistics of sets.
        """

    def taps(self, shape: tuple[int, ...]) -> tuple[tuple[int, int, int], ...]:
        """Return the shapes (C, h, w) of the maps that the embedding is made of, for samples of this shape.

        The embedding is these maps, flattened one after another, each divided by √(h w): the squared distance is then
        the sum over maps of the mean over places. Empty where the embedding has no places; `sr-space` needs them.
        """
        return ()

    def differentiable(self, device: str) -> Callable[[Tensor], Tensor]:
        """Return a function from images `float32[N, 3, H, W]` in [-1, 1] to `embedding`, through which gradients pass.

        At images that are bytes it agrees with `load`. A trainer that uses it names the extractor in
        `trained_against`. Raise `Unsupported` where there is none.
        """
        raise Unsupported(f"{self.name} gives no gradients: no loss can be made of it")

    def weight_hash(self) -> str:
        """Return the SHA-256 of the weights in use, or an empty string where there are none."""
        return ""
