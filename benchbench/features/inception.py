"""Inception v3 of the FID's authors, through torch-fidelity: the only extractor whose Fréchet distance is FID."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, ClassVar

from benchbench import weights
from benchbench.core import FeatureExtractor
from benchbench.hookspecs import hookimpl

if TYPE_CHECKING:
    from torch import Tensor, nn


class Inception(FeatureExtractor):
    """torch-fidelity's `inception-v3-compat` with its own resize to 299 px; the 2048 features of the last pool."""

    name = "inception"
    version = 1
    summary = "Inception v3 as FID uses it (torch-fidelity's weights and resize), 2048 features"
    layer: ClassVar[str] = "2048"

    def load(self, device: str) -> Callable[[Tensor], dict[str, Tensor]]:
        """Return `embedding` and `pooled`, both the features of the layer."""
        return functools.partial(_views, _model(self.layer).to(device))

    def weight_hash(self) -> str:
        """Return the SHA-256 over all weights."""
        return weights.tensors_hash(_model(self.layer).state_dict())


class Inception64(Inception):
    """The 64 features of the first pool."""

    name, layer = "inception-64", "64"
    summary = "Inception v3, the 64 features of the first pool"


class Inception192(Inception):
    """The 192 features of the second pool."""

    name, layer = "inception-192", "192"
    summary = "Inception v3, the 192 features of the second pool"


class Inception768(Inception):
    """The 768 features before the auxiliary classifier."""

    name, layer = "inception-768", "768"
    summary = "Inception v3, the 768 features before the auxiliary classifier"


class InceptionLogits(Inception):
    """The 1008 logits."""

    name, layer = "inception-logits", "logits"
    summary = "Inception v3, the 1008 logits"


@functools.lru_cache(maxsize=2)
def _model(layer: str) -> nn.Module:
    import torch
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    path = weights.find(weights.INCEPTION)
    with torch.random.fork_rng(devices=[]):
        model = FeatureExtractorInceptionV3("inception-v3-compat", [layer], feature_extractor_weights_path=str(path))
    return model.eval().requires_grad_(False).to(memory_format=torch.channels_last)


def _views(model: nn.Module, images: Tensor) -> dict[str, Tensor]:
    features = model(images)[0]
    return {"embedding": features, "pooled": features}


@hookimpl
def benchbench_features() -> Iterable[type[FeatureExtractor]]:
    """Register the extractors."""
    return (Inception, Inception64, Inception192, Inception768, InceptionLogits)
