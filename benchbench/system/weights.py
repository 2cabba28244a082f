"""Where weight files are found, and how each is known to be the right one."""

from __future__ import annotations

import hashlib
import importlib.util
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchbench.core import MissingData
from benchbench.system.paths import cache_home, named_folder

if TYPE_CHECKING:
    from torch import Tensor


class WrongWeights(MissingData):
    """A file of weights is there, and it is not the one that it should be."""


@dataclass(frozen=True)
class WeightFile:
    """One file of weights: published for download, or shipped with an installed package."""

    name: str
    """The file's name as published, under which torch hub stores it; of a shipped file, its path in the package."""
    url: str
    sha256: str
    """Its SHA-256, or as many of its first digits as are known: of downloads, what the publisher puts in the name."""
    network: str = ""
    licence: str = ""
    size: str = ""
    features_only: str = ""
    """A smaller file with the convolutional part alone, accepted in its place; its user checks it by a known answer."""
    package: str = ""
    """The package that it ships with; empty: a download."""

    def folders(self) -> list[Path]:
        """Return where the file is looked for, in this order."""
        if not self.package:
            return [directory for directory in (folder(), hub_cache()) if directory]
        spec = importlib.util.find_spec(self.package)
        return [Path(directory) for directory in (spec.submodule_search_locations or ())] if spec else []


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
INCEPTION = WeightFile(
    "weights-inception-2015-12-05-6726825d.pth",
    "https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/weights-inception-2015-12-05-6726825d.pth",
    "6726825d",
    "Inception v3 (2015-12-05)",
    "Apache-2.0 (torch-fidelity's port of the TensorFlow weights)",
    "96 MB",
)
MINI = WeightFile(
    "features/mini.safetensors",
    "",
    "f2a355436a6820a8ae65b4b71dbbaee93910b3b08ac557bee38b0b38a9d1326c",
    "mini",
    "MIT (ours)",
    package="benchbench",
)


def _heads(network: str, version: str, sha256: str) -> WeightFile:
    name = f"weights/v{version}/{network}.pth"
    address = f"https://github.com/richzhang/PerceptualSimilarity/blob/master/lpips/{name}"
    title = f"LPIPS heads, {network}, version {version}"
    return WeightFile(name, address, sha256, title, "BSD-2-Clause", package="lpips")


HEADS = {
    ("alex", "0.0"): _heads("alex", "0.0", "18720f55913d0af89042f13faa7e536a6ce1444a0914e6db9461355ece1e8cd5"),
    ("alex", "0.1"): _heads("alex", "0.1", "df73285e35b22355a2df87cdb6b70b343713b667eddbda73e1977e0c860835c0"),
    ("squeeze", "0.0"): _heads("squeeze", "0.0", "c27abd3a0145541baa50990817df58d3759c3f8154949f42af3b59b4e042d0bf"),
    ("squeeze", "0.1"): _heads("squeeze", "0.1", "4a5350f23600cb79923ce65bb07cbf57dca461329894153e05a1346bd531cf76"),
    ("vgg", "0.0"): _heads("vgg", "0.0", "b9e4236260c3dd988fc79d2a48d645d885afcbb21f9fd595e6744cf7419b582c"),
    ("vgg", "0.1"): _heads("vgg", "0.1", "a78928a0af1e5f0fcb1f3b9e8f8c3a2a5a3de244d830ad5c1feddc79b8432868"),
}
"""LPIPS's linear heads by network and version, as `lpips` 0.1.4 ships them."""

DOWNLOADS = (ALEXNET, INCEPTION, SQUEEZENET, VGG16)
ALL = (*DOWNLOADS, MINI, *HEADS.values())


def folder() -> Path | None:
    """Return the user's folder of weights, from `--weights` or `BENCHBENCH_WEIGHTS`."""
    return named_folder("BENCHBENCH_WEIGHTS")


def hub_cache() -> Path:
    """Return the folder in which torch hub keeps downloaded checkpoints."""
    return (named_folder("TORCH_HOME") or cache_home() / "torch") / "hub" / "checkpoints"


def locate(file: WeightFile) -> Path | None:
    """Return where the file stands, or `None`; a file whose SHA-256 is wrong raises `WrongWeights`."""
    for directory in file.folders():
        path = directory / file.name
        if path.is_file():
            digest = file_hash(path)
            if not digest.startswith(file.sha256):
                raise WrongWeights(
                    f"{path} is not {file.name}: its SHA-256 is {digest[:16]}…, expected {file.sha256[:16]}…;"
                    f" {_remedy(file)}"
                )
            return path
        if file.features_only and (directory / file.features_only).is_file():
            return directory / file.features_only
    return None


def _remedy(file: WeightFile) -> str:
    if file.package:
        return f"it ships with {file.package}: install that again"
    return f"remove it and run `benchbench weights fetch {file.name}`, or get it from {file.url}"


def find(file: WeightFile) -> Path:
    """Return where the file stands, downloading it if need be; raise `MissingData` with all that is needed if not.

    `BENCHBENCH_OFFLINE` forbids the download.
    """
    path = locate(file)
    if path is not None:
        return path
    if file.package:
        raise MissingData(f"weights {file.name} are not here; {_remedy(file)}")
    if os.environ.get("BENCHBENCH_OFFLINE"):
        raise MissingData(_how_to_get(file, "downloads are off (BENCHBENCH_OFFLINE)"))
    return fetch(file)


def fetch(file: WeightFile) -> Path:
    """Download the file (with a progress bar) into the user's folder or torch hub's cache; checks its SHA-256."""
    import torch

    path = file.folders()[0] / file.name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.hub.download_url_to_file(file.url, str(path), hash_prefix=file.sha256)
    except (OSError, RuntimeError) as error:
        raise MissingData(_how_to_get(file, f"downloading failed: {error}")) from None
    return path


def _how_to_get(file: WeightFile, why: str) -> str:
    return (
        f"weights {file.name} ({file.size}, SHA-256 {file.sha256}…) are not here; looked in"
        f" {', '.join(map(str, file.folders()))}; {why}."
        f" Get {file.url} and put it into {file.folders()[0]}, or into a folder that --weights or"
        f" BENCHBENCH_WEIGHTS names"
    )


def load_tensors(path: Path) -> dict[str, Tensor]:
    """Return the named tensors that `torch.save` wrote, executing nothing; raise `WrongWeights` at anything else."""
    import torch

    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # what is no file of tensors fails in as many ways as it likes
        kind = type(error).__name__  # without its words: torch's advise to load the file unsafely
        raise WrongWeights(f"{path} is not a file of tensors alone ({kind}); nothing in it was executed") from None
    if not isinstance(state, Mapping) or not all(isinstance(value, torch.Tensor) for value in state.values()):
        raise WrongWeights(f"{path} does not hold named tensors")
    return dict(state)


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        digest = hashlib.sha256()
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def tensors_hash(tensors: Mapping[str, Tensor]) -> str:
    """Return the SHA-256 of named tensors (names, dtypes, shapes, bytes), whatever file they came in."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].detach().cpu().contiguous()
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.numpy().tobytes())
    return digest.hexdigest()
