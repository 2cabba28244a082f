"""CLIP's image encoder (Radford et al., ICML 2021), through torch-fidelity: the extractor of CMMD."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from benchbench.core import FeatureExtractor, WeightFile
from benchbench.hookspecs import hookimpl
from benchbench.system.weights import WrongWeights, find, tensors_hash

if TYPE_CHECKING:
    from torch import Tensor

CLIP = WeightFile(
    "ViT-L-14-336px.pt",
    "https://openaipublic.azureedge.net/clip/models/"
    "3035c92b350959924f9f00213499208652fc7ea050643e8b385c2dac08641f02/ViT-L-14-336px.pt",
    "3035c92b350959924f9f00213499208652fc7ea050643e8b385c2dac08641f02",
    "CLIP ViT-L/14, 336 px",
    "MIT (OpenAI's code); the weights were trained on unpublished data",
    "934 MB",
)
"""A TorchScript archive, which torch runs as it loads it: it is opened only with the whole of its published SHA-256."""


class Clip(FeatureExtractor):
    """torch-fidelity's `clip-vit-l-14-336px`, its resize to 336 px (bilinear, as in its Inception), at unit length."""

    name = "clip"
    version = 1
    summary = "CLIP ViT-L/14 at 336 px (torch-fidelity's extractor), 768 features at unit length"
    weights = (CLIP,)

    def load(self, device: str) -> Callable[[Tensor], dict[str, Tensor]]:
        """Return `embedding` and `pooled`, both the features at unit length."""
        return functools.partial(_views, _load(*self.weights, device)[0])

    def weight_hash(self) -> str:
        """Return the SHA-256 over the weights of the image encoder."""
        return _load(*self.weights, "cpu")[1]


@functools.lru_cache(maxsize=2)
def _load(file: WeightFile, device: str) -> tuple[Any, str]:
    """Return torch-fidelity's extractor with the weights of a checked file, and the hash of its tensors."""
    import torch
    from torch_fidelity.feature_extractor_clip import FeatureExtractorCLIP

    path = find(file)
    try:
        with warnings.catch_warnings(), torch.random.fork_rng(devices=[]):
            warnings.simplefilter("ignore")
            network = FeatureExtractorCLIP("clip-vit-l-14-336px", ["clip"], feature_extractor_weights_path=str(path))
    except (RuntimeError, KeyError, ValueError) as error:
        raise WrongWeights(f"{path} does not hold the image encoder of CLIP: {error}") from None
    digest = tensors_hash(network.state_dict())
    return network.eval().requires_grad_(False).to(device), digest


def _views(network: Any, images: Tensor) -> dict[str, Tensor]:
    import torch

    (features,) = network(images)
    unit = torch.nn.functional.normalize(features, dim=1)
    return {"embedding": unit, "pooled": unit}


@hookimpl
def benchbench_features() -> Iterable[type[FeatureExtractor]]:
    """Register the extractor."""
    return (Clip,)
