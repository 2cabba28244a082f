"""LPIPS (Zhang et al., CVPR 2018) as an embedding: one forward pass an image, pair distances from features.

LPIPS is a squared Euclidean distance: d(a, b) = Σ_l mean_hw Σ_c w_lc (f_lc(a) - f_lc(b))² with f normalised over
channels, w >= 0. So φ_lchw = sqrt(w_lc / (H_l W_l)) f_lchw gives d(a, b) = ‖φ(a) - φ(b)‖².
The linear heads come with the `lpips` package; the trunks are torchvision's ImageNet networks, whose weights the user
supplies.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from benchbench import weights
from benchbench.core import FeatureExtractor, MissingData
from benchbench.hookspecs import hookimpl

if TYPE_CHECKING:
    from torch import Tensor, nn

_FILES = {"alex": weights.ALEXNET, "vgg": weights.VGG16, "squeeze": weights.SQUEEZENET}
_KNOWN_ANSWERS = {"alex": 0.712945, "squeeze": 0.806058}
"""`known_answer` of the published trunks under version 0.1; VGG16's is not known to us, its file has its hash alone."""


class Lpips(FeatureExtractor):
    """LPIPS on one trunk; the version is LPIPS's own: 0.1 scales its input, 0.0 does not."""

    version: ClassVar[str | int] = "0.1"
    network: ClassVar[str]

    def load(self, device: str) -> Callable[[Tensor], dict[str, Tensor]]:
        """Return `embedding` (LPIPS is its squared distance) and `pooled`, the last layer's spatial mean."""
        model = _model(self.network, str(self.version)).to(device)
        return functools.partial(_views, model)

    def weight_hash(self) -> str:
        """Return the SHA-256 over trunk and heads."""
        return _hash(self.network, str(self.version))


class LpipsAlex(Lpips):
    """LPIPS on AlexNet, version 0.1: the package's default."""

    name, network = "lpips-alex", "alex"
    summary = "LPIPS on AlexNet, version 0.1"


class LpipsVgg(Lpips):
    """LPIPS on VGG16, version 0.1."""

    name, network = "lpips-vgg", "vgg"
    summary = "LPIPS on VGG16, version 0.1"


class LpipsSqueeze(Lpips):
    """LPIPS on SqueezeNet 1.1, version 0.1."""

    name, network = "lpips-squeeze", "squeeze"
    summary = "LPIPS on SqueezeNet 1.1, version 0.1"


class LpipsAlexV0(Lpips):
    """LPIPS on AlexNet, version 0.0, which BicycleGAN's authors used; its numbers are about half of version 0.1's."""

    name, network = "lpips-alex-v0.0", "alex"
    version = "0.0"
    summary = "LPIPS on AlexNet, version 0.0 (no input scaling), for comparison with BicycleGAN and MUNIT"


@functools.lru_cache(maxsize=2)
def _model(network: str, version: str) -> nn.Module:
    import lpips
    import torch

    path = weights.find(_FILES[network])
    with warnings.catch_warnings(), torch.random.fork_rng(devices=[]):
        warnings.filterwarnings("ignore", category=UserWarning, module="torchvision")
        model = lpips.LPIPS(net=network, version=version, pnet_rand=True, verbose=False)
    model = model.eval().requires_grad_(False)
    _load_trunk(model, path)
    known = _KNOWN_ANSWERS.get(network)
    if known is not None and version == "0.1" and abs(known_answer(model) - known) > 1e-3:
        raise MissingData(
            f"{path} does not hold {_FILES[network].name}: its known answer is {known_answer(model):.4f}, expected"
            f" {known:.4f}; get {_FILES[network].url}"
        )
    return model


def _load_trunk(model: nn.Module, path: Path) -> None:
    """Copy torchvision's `features.<i>.*` tensors into lpips's slices, which keep the layers' indices."""
    import torch

    state = torch.load(path, map_location="cpu", weights_only=True)
    trunk = model.net
    try:
        trunk.load_state_dict({key: state["features." + key.split(".", 1)[1]] for key in trunk.state_dict()})
    except (KeyError, RuntimeError) as error:
        raise MissingData(f"{path} does not hold the convolutional layers that LPIPS needs: {error}") from None


def known_answer(model: nn.Module) -> float:
    """Return LPIPS between two synthetic 64 px images (colour ramps and a checkerboard), the same on every machine."""
    import torch

    ramp = torch.arange(64) / 63
    y, x = torch.meshgrid(ramp, ramp, indexing="ij")
    checker = ((torch.arange(64)[:, None] // 8 + torch.arange(64)[None] // 8) % 2).float()
    first, second = torch.stack([x, y, 1 - x])[None], torch.stack([checker, y * checker, x])[None]
    return float(model(first, second, normalize=True))


@functools.lru_cache(maxsize=8)
def _hash(network: str, version: str) -> str:
    return weights.tensors_hash(_model(network, version).state_dict())


def _views(model: nn.Module, images: Tensor) -> dict[str, Tensor]:
    import torch

    if images.dtype != torch.uint8:
        raise TypeError(f"LPIPS takes uint8 images in 0..255, got {images.dtype}: a float range would be a guess")
    scaled = images.float() / 127.5 - 1
    layers = model.net(model.scaling_layer(scaled) if model.version == "0.1" else scaled)
    parts = []
    for layer, head in zip(layers, model.lins, strict=True):
        unit = layer / (layer.square().sum(1, keepdim=True).sqrt() + 1e-10)
        weight = head.model[-1].weight / (layer.shape[2] * layer.shape[3])
        parts.append((unit * weight.sqrt()).flatten(1))
    return {"embedding": torch.cat(parts, 1), "pooled": layers[-1].mean((2, 3))}


@hookimpl
def benchbench_features() -> Iterable[type[FeatureExtractor]]:
    """Register the extractors."""
    return (LpipsAlex, LpipsVgg, LpipsSqueeze, LpipsAlexV0)
