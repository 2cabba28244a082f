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
from typing import TYPE_CHECKING, ClassVar

from benchbench.core import FeatureExtractor
from benchbench.hookspecs import hookimpl
from benchbench.system import weights

if TYPE_CHECKING:
    from torch import Tensor, nn

_TRUNKS = {"alex": weights.ALEXNET, "vgg": weights.VGG16, "squeeze": weights.SQUEEZENET}
_KNOWN_ANSWERS = {
    ("alex", "0.0"): 0.490690,
    ("alex", "0.1"): 0.712945,
    ("squeeze", "0.0"): 0.566159,
    ("squeeze", "0.1"): 0.806058,
}
"""`known_answer` of the published trunks; VGG16's is not known to us: its file is known by its hash alone."""


class Lpips(FeatureExtractor):
    """LPIPS on one trunk; the version is LPIPS's own: 0.1 scales its input, 0.0 does not."""

    version: ClassVar[str | int] = "0.1"
    network: ClassVar[str]

    def load(self, device: str) -> Callable[[Tensor], dict[str, Tensor]]:
        """Return `embedding` (LPIPS is its squared distance) and `pooled`, the last layer's spatial mean."""
        model = _model(self.network, str(self.version)).to(device)
        return functools.partial(views, model)

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


class LpipsAlexV0(LpipsAlex):
    """LPIPS on AlexNet, version 0.0, which BicycleGAN's authors used; its numbers are about half of version 0.1's."""

    name, version = "lpips-alex-v0.0", "0.0"
    summary = "LPIPS on AlexNet, version 0.0 (no input scaling), for comparison with BicycleGAN and MUNIT"


class LpipsVggV0(LpipsVgg):
    """LPIPS on VGG16, version 0.0."""

    name, version = "lpips-vgg-v0.0", "0.0"
    summary = "LPIPS on VGG16, version 0.0 (no input scaling)"


class LpipsSqueezeV0(LpipsSqueeze):
    """LPIPS on SqueezeNet 1.1, version 0.0."""

    name, version = "lpips-squeeze-v0.0", "0.0"
    summary = "LPIPS on SqueezeNet 1.1, version 0.0 (no input scaling)"


@functools.lru_cache(maxsize=2)
def _model(network: str, version: str) -> nn.Module:
    import lpips
    import torch

    path = weights.find(_TRUNKS[network])
    state, heads = weights.load_tensors(path), weights.load_tensors(weights.find(weights.HEADS[network, version]))
    # on `meta` there are shapes alone: torchvision would draw half a gigabyte of VGG16 at random first
    with warnings.catch_warnings(), torch.device("meta"):
        warnings.filterwarnings("ignore", category=UserWarning, module="torchvision")
        model = lpips.LPIPS(pretrained=False, net=network, version=version, pnet_rand=True, verbose=False)
    model.scaling_layer = lpips.ScalingLayer()
    model.load_state_dict(heads, strict=False, assign=True)
    try:  # torchvision's `features.<i>.*` go into lpips's slices, which keep the layers' indices
        trunk = {key: state["features." + key.split(".", 1)[1]].float() for key in model.net.state_dict()}
        model.net.load_state_dict(trunk, assign=True)
    except (KeyError, RuntimeError) as error:
        raise weights.WrongWeights(f"{path} does not hold the convolutional layers that LPIPS needs: {error}") from None
    model = model.eval().requires_grad_(False).to(memory_format=torch.channels_last)
    known = _KNOWN_ANSWERS.get((network, version))
    if known is not None and not abs(known_answer(model) - known) < 1e-3:
        raise weights.WrongWeights(
            f"{path} does not hold {_TRUNKS[network].name}: its known answer is {known_answer(model):.4f}, expected"
            f" {known:.4f}; get {_TRUNKS[network].url}"
        )
    return model


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


def views(model: nn.Module, images: Tensor) -> dict[str, Tensor]:
    """Return the views of images `uint8[N, 3, H, W]` under an `lpips.LPIPS` model; refuse what is not bytes."""
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
    return (LpipsAlex, LpipsAlexV0, LpipsSqueeze, LpipsSqueezeV0, LpipsVgg, LpipsVggV0)
