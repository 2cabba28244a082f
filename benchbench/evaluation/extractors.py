"""Feature extractors, loaded once per process, device and weights."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from benchbench.core import FeatureExtractor

if TYPE_CHECKING:
    from torch import Tensor

Embed: TypeAlias = "Callable[[Tensor], dict[str, Tensor]]"
"""From samples `[N, *shape]` on any device to an extractor's views of them."""


def load(extractor: FeatureExtractor, device: str) -> Embed:
    """Return the extractor's function on a device; raise `MissingData` without its weights."""
    return _load(type(extractor), device, extractor.weight_hash())


@functools.lru_cache(maxsize=4)
def _load(kind: type[FeatureExtractor], device: str, weight_hash: str) -> Embed:
    views = kind().load(device)
    return lambda samples: views(samples.to(device))
