"""DINOv2 (Oquab et al., TMLR 2024): an eye that knows no labels, which Stein et al. (NeurIPS 2023) advise for FD."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from benchbench.core import FeatureExtractor, WeightFile
from benchbench.hookspecs import hookimpl
from benchbench.system.weights import WrongWeights, find, load_tensors, tensors_hash

if TYPE_CHECKING:
    from torch import Tensor

DINOV2 = WeightFile(
    "dinov2_vitl14_pretrain.pth",
    "https://dl.fbaipublicfiles.com/dinov2/dinov2_vitl14/dinov2_vitl14_pretrain.pth",
    "d5383ea8f4877b2472eb973e0fd72d557c7da5d3611bd527ceeb1d7162cbf428",
    "DINOv2 ViT-L/14",
    "Apache-2.0",
    "1.2 GB",
)


class DinoV2(FeatureExtractor):
    """ViT-L/14 with torch-fidelity's resize to 224 px (bilinear, as in its Inception); the 1024 of the class token."""

    name = "dinov2"
    version = 1
    summary = "DINOv2 ViT-L/14 at 224 px (torch-fidelity's resize), 1024 features"
    weights = (DINOV2,)

    def load(self, device: str) -> Callable[[Tensor], dict[str, Tensor]]:
        """Return `embedding` and `pooled`, both the features of the class token."""
        return functools.partial(_views, _load(*self.weights, device)[0])

    def weight_hash(self) -> str:
        """Return the SHA-256 over all tensors of the file."""
        return _load(*self.weights, "cpu")[1]


@functools.lru_cache(maxsize=2)
def _load(file: WeightFile, device: str) -> tuple[Any, str]:
    """Return the network on a device, and the SHA-256 of its tensors as published."""
    from benchbench.features._dinov2 import Resized, Transformer

    path = find(file)
    state = load_tensors(path)
    try:
        network = Transformer({name: value for name, value in state.items() if name != "mask_token"})
    except (KeyError, RuntimeError, ZeroDivisionError) as error:
        raise WrongWeights(f"{path} does not hold the tensors of a DINOv2 transformer: {error}") from None
    return Resized(network).to(device), tensors_hash(state)


def _views(network: Any, images: Tensor) -> dict[str, Tensor]:
    (features,) = network(images)
    return {"embedding": features, "pooled": features}


@hookimpl
def benchbench_features() -> Iterable[type[FeatureExtractor]]:
    """Register the extractor."""
    return (DinoV2,)
