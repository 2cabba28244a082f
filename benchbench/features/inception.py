"""Inception v3 of the FID's authors, through torch-fidelity: the only extractor whose Fréchet distance is FID."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, ClassVar

from benchbench.core import FeatureExtractor, WeightFile
from benchbench.hookspecs import hookimpl
from benchbench.system.weights import WrongWeights, find, load_tensors, tensors_hash

if TYPE_CHECKING:
    from torch import Tensor

    from benchbench.features._inception import InceptionNetwork


INCEPTION = WeightFile(
    "weights-inception-2015-12-05-6726825d.pth",
    "https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/weights-inception-2015-12-05-6726825d.pth",
    "6726825d",
    "Inception v3 (2015-12-05)",
    "Apache-2.0 (torch-fidelity's port of the TensorFlow weights)",
    "96 MB",
)


class Inception(FeatureExtractor):
    """torch-fidelity's `inception-v3-compat` with its own resize to 299 px; the 2048 features of the last pool."""

    name = "inception"
    version = 1
    summary = "Inception v3 as FID uses it (torch-fidelity's weights and resize), 2048 features"
    weights = (INCEPTION,)
    layer: ClassVar[str] = "2048"

    def load(self, device: str) -> Callable[[Tensor], dict[str, Tensor]]:
        """Return `embedding` and `pooled`, both the features of the layer."""
        network, _ = _load(*self.weights, device)
        return functools.partial(_views, network, self.layer)

    def weight_hash(self) -> str:
        """Return the SHA-256 over all weights."""
        return _load(*self.weights, "cpu")[1]


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


class InceptionLogitsUnbiased(Inception):
    """The 1008 logits without the last layer's bias, as the inception score has them."""

    name, layer = "inception-logits-unbiased", "logits_unbiased"
    summary = "Inception v3, the 1008 logits without their bias (inception score)"


@functools.lru_cache(maxsize=2)
def _load(file: WeightFile, device: str) -> tuple[InceptionNetwork, str]:
    """Return the network on a device, and the SHA-256 of its tensors as published: folding rounds as machines do."""
    import torch

    from benchbench.features._inception import InceptionNetwork

    path = find(file)
    state = load_tensors(path)
    try:
        with torch.random.fork_rng(devices=[]):
            return InceptionNetwork(state).to(device), tensors_hash(state)
    except RuntimeError as error:
        raise WrongWeights(f"{path} does not hold the tensors of torch-fidelity's Inception: {error}") from None


def _views(network: InceptionNetwork, layer: str, images: Tensor) -> dict[str, Tensor]:
    features = network(images, layer)
    return {"embedding": features, "pooled": features}


@hookimpl
def benchbench_features() -> Iterable[type[FeatureExtractor]]:
    """Register the extractors."""
    return (Inception, Inception64, Inception192, Inception768, InceptionLogits, InceptionLogitsUnbiased)
