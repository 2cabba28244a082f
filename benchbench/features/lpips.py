"""LPIPS (Zhang et al., CVPR 2018) as an embedding: one forward pass per image, pair distances from features.

LPIPS is a squared Euclidean distance: d(a, b) = Σ_l mean_hw Σ_c w_lc (f_lc(a) - f_lc(b))² with f normalised over
channels, w >= 0. So φ_lchw = sqrt(w_lc / (H_l W_l)) f_lchw gives d(a, b) = ‖φ(a) - φ(b)‖².
The linear heads come with the `lpips` package; the trunks are torchvision's ImageNet networks, whose weights the user
supplies.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from benchbench.core import FeatureExtractor, WeightFile
from benchbench.hookspecs import hookimpl
from benchbench.system.weights import WrongWeights, check_answer, find, load_tensors, tensors_hash

if TYPE_CHECKING:
    from torch import Tensor, nn

_TORCHVISION = "BSD-3-Clause (torchvision's code); the weights were trained on ImageNet"
ALEXNET = WeightFile(
    "alexnet-owt-7be5be79.pth",
    "https://download.pytorch.org/models/alexnet-owt-7be5be79.pth",
    "7be5be79",
    "AlexNet",
    _TORCHVISION,
    "233 MB",
    "alexnet_features.pth",
)
SQUEEZENET = WeightFile(
    "squeezenet1_1-b8a52dc0.pth",
    "https://download.pytorch.org/models/squeezenet1_1-b8a52dc0.pth",
    "b8a52dc0",
    "SqueezeNet 1.1",
    _TORCHVISION,
    "5 MB",
    "squeezenet1_1_features.pth",
)
VGG16 = WeightFile(
    "vgg16-397923af.pth",
    "https://download.pytorch.org/models/vgg16-397923af.pth",
    "397923af",
    "VGG16",
    _TORCHVISION,
    "528 MB",
)
"""No known answer exists for it: it is identified by its hash alone."""


def _heads(network: str, version: str, sha256: str) -> WeightFile:
    """Return the file of LPIPS's linear heads, as `lpips` 0.1.4 ships it."""
    name = f"weights/v{version}/{network}.pth"
    address = f"https://github.com/richzhang/PerceptualSimilarity/blob/master/lpips/{name}"
    title = f"LPIPS heads, {network}, version {version}"
    return WeightFile(name, address, sha256, title, "BSD-2-Clause", package="lpips")


class Lpips(FeatureExtractor):
    """LPIPS on one trunk; the version is LPIPS's own: 0.1 scales its input, 0.0 does not."""

    version: ClassVar[str | int] = "0.1"
    network: ClassVar[str]

    def load(self, device: str) -> Callable[[Tensor], dict[str, Tensor]]:
        """Return `embedding` (LPIPS is its squared distance) and `pooled`, the last layer's spatial mean."""
        model = _model(self.weights, self.network, str(self.version), device)
        return functools.partial(views, model)

    def taps(self, shape: tuple[int, ...]) -> tuple[tuple[int, int, int], ...]:
        """Return the shapes of the trunk's five maps (seven of SqueezeNet)."""
        return _tap_shapes(self.network, str(self.version), shape)

    def differentiable(self, device: str) -> Callable[[Tensor], Tensor]:
        """Return the embedding of images in [-1, 1]."""
        model = _model(self.weights, self.network, str(self.version), device)
        return lambda images: _views(model, images)["embedding"]

    def weight_hash(self) -> str:
        """Return the SHA-256 over trunk and heads."""
        return _hash(self.weights, self.network, str(self.version))


class LpipsAlex(Lpips):
    """LPIPS on AlexNet, version 0.1: the package's default."""

    name, network = "lpips-alex", "alex"
    summary = "LPIPS on AlexNet, version 0.1"
    weights = (
        replace(ALEXNET, known_answer=0.712094),
        _heads("alex", "0.1", "df73285e35b22355a2df87cdb6b70b343713b667eddbda73e1977e0c860835c0"),
    )


class LpipsVgg(Lpips):
    """LPIPS on VGG16, version 0.1."""

    name, network = "lpips-vgg", "vgg"
    summary = "LPIPS on VGG16, version 0.1"
    weights = (
        VGG16,
        _heads("vgg", "0.1", "a78928a0af1e5f0fcb1f3b9e8f8c3a2a5a3de244d830ad5c1feddc79b8432868"),
    )


class LpipsSqueeze(Lpips):
    """LPIPS on SqueezeNet 1.1, version 0.1."""

    name, network = "lpips-squeeze", "squeeze"
    summary = "LPIPS on SqueezeNet 1.1, version 0.1"
    weights = (
        replace(SQUEEZENET, known_answer=0.806075),
        _heads("squeeze", "0.1", "4a5350f23600cb79923ce65bb07cbf57dca461329894153e05a1346bd531cf76"),
    )


class LpipsAlexV0(LpipsAlex):
    """LPIPS on AlexNet, version 0.0, which BicycleGAN's authors used; its numbers are about half of version 0.1's."""

    name, version = "lpips-alex-v0.0", "0.0"
    summary = "LPIPS on AlexNet, version 0.0 (no input scaling), for comparison with BicycleGAN and MUNIT"
    weights = (
        replace(ALEXNET, known_answer=0.490038),
        _heads("alex", "0.0", "18720f55913d0af89042f13faa7e536a6ce1444a0914e6db9461355ece1e8cd5"),
    )


class LpipsVggV0(LpipsVgg):
    """LPIPS on VGG16, version 0.0."""

    name, version = "lpips-vgg-v0.0", "0.0"
    summary = "LPIPS on VGG16, version 0.0 (no input scaling)"
    weights = (
        VGG16,
        _heads("vgg", "0.0", "b9e4236260c3dd988fc79d2a48d645d885afcbb21f9fd595e6744cf7419b582c"),
    )


class LpipsSqueezeV0(LpipsSqueeze):
    """LPIPS on SqueezeNet 1.1, version 0.0."""

    name, version = "lpips-squeeze-v0.0", "0.0"
    summary = "LPIPS on SqueezeNet 1.1, version 0.0 (no input scaling)"
    weights = (
        replace(SQUEEZENET, known_answer=0.566552),
        _heads("squeeze", "0.0", "c27abd3a0145541baa50990817df58d3759c3f8154949f42af3b59b4e042d0bf"),
    )


@functools.lru_cache(maxsize=2)
def _model(files: tuple[WeightFile, ...], network: str, version: str, device: str) -> nn.Module:
    """Return LPIPS on a device; each device has a module of its own, as `Module.to` would move the one that is used."""
    import lpips
    import torch

    trunk_file, heads_file = files
    path = find(trunk_file)
    state, heads = load_tensors(path), load_tensors(find(heads_file))
    model = _shapes_alone(network, version)
    model.scaling_layer = lpips.ScalingLayer()
    model.load_state_dict(heads, strict=False, assign=True)
    try:  # torchvision's `features.<i>.*` go into lpips's slices, which keep the layers' indices
        trunk = {key: state["features." + key.split(".", 1)[1]].float() for key in model.net.state_dict()}
        model.net.load_state_dict(trunk, assign=True)
    except (KeyError, RuntimeError) as error:
        raise WrongWeights(f"{path} does not hold the convolutional layers that LPIPS needs: {error}") from None
    model = model.eval().requires_grad_(False).to(memory_format=torch.channels_last)
    check_answer(trunk_file, path, functools.partial(views, model))
    return model.to(device)


def _shapes_alone(network: str, version: str) -> nn.Module:
    """Return LPIPS on `meta`, without values: torchvision would draw half a gigabyte of VGG16 at random first."""
    import lpips
    import torch

    with warnings.catch_warnings(), torch.device("meta"):
        warnings.filterwarnings("ignore", category=UserWarning, module="torchvision")
        model: nn.Module = lpips.LPIPS(pretrained=False, net=network, version=version, pnet_rand=True, verbose=False)
    return model


@functools.lru_cache(maxsize=8)
def _tap_shapes(network: str, version: str, shape: tuple[int, ...]) -> tuple[tuple[int, int, int], ...]:
    import torch

    maps = _shapes_alone(network, version).net(torch.zeros((1, *shape), device="meta"))
    return tuple((each.shape[1], each.shape[2], each.shape[3]) for each in maps)


@functools.lru_cache(maxsize=8)
def _hash(files: tuple[WeightFile, ...], network: str, version: str) -> str:
    return tensors_hash(_model(files, network, version, "cpu").state_dict())


def views(model: nn.Module, images: Tensor) -> dict[str, Tensor]:
    """Return the views of images `uint8[N, 3, H, W]` under an `lpips.LPIPS` model; raise unless they are bytes."""
    import torch

    if images.dtype != torch.uint8:
        raise TypeError(f"LPIPS takes uint8 images in 0..255, got {images.dtype}: a float range would be a guess")
    return _views(model, images.float() / 127.5 - 1)


def _views(model: nn.Module, scaled: Tensor) -> dict[str, Tensor]:
    """Return the views of images in [-1, 1]."""
    import torch

    layers = model.net(model.scaling_layer(scaled) if model.version == "0.1" else scaled)
    parts = []
    for layer, head in zip(layers, model.lins, strict=True):
        unit = layer / (layer.square().sum(1, keepdim=True).clamp_min(1e-24).sqrt() + 1e-10)
        weight = head.model[-1].weight / (layer.shape[2] * layer.shape[3])
        parts.append((unit * weight.sqrt()).flatten(1))
    return {"embedding": torch.cat(parts, 1), "pooled": layers[-1].mean((2, 3))}


@hookimpl
def benchbench_features() -> Iterable[type[FeatureExtractor]]:
    """Register the extractors."""
    return (LpipsAlex, LpipsAlexV0, LpipsSqueeze, LpipsSqueezeV0, LpipsVgg, LpipsVggV0)
