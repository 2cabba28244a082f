"""Where weight files are found, and how each is known to be the right one."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchbench.core import MissingData

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class WeightFile:
    """One published file of weights."""

    name: str
    """The file's name as published; torch hub stores it under the same name."""
    url: str
    sha256_prefix: str
    """The first digits of its SHA-256, as its publisher puts them in the name."""
    features_only: str = ""
    """A smaller file with the convolutional part alone, accepted in its place; its user checks it by a known answer."""
    size: str = ""


ALEXNET = WeightFile(
    "alexnet-owt-7be5be79.pth",
    "https://download.pytorch.org/models/alexnet-owt-7be5be79.pth",
    "7be5be79",
    "alexnet_features.pth",
    "233 MB",
)
SQUEEZENET = WeightFile(
    "squeezenet1_1-b8a52dc0.pth",
    "https://download.pytorch.org/models/squeezenet1_1-b8a52dc0.pth",
    "b8a52dc0",
    "squeezenet1_1_features.pth",
    "5 MB",
)
VGG16 = WeightFile(
    "vgg16-397923af.pth",
    "https://download.pytorch.org/models/vgg16-397923af.pth",
    "397923af",
    "vgg16_features.pth",
    "528 MB",
)
INCEPTION = WeightFile(
    "weights-inception-2015-12-05-6726825d.pth",
    "https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/weights-inception-2015-12-05-6726825d.pth",
    "6726825d",
    size="96 MB",
)
ALL = (ALEXNET, INCEPTION, SQUEEZENET, VGG16)


def folder() -> Path | None:
    """Return the user's folder of weights, from `--weights` or `BENCHBENCH_WEIGHTS`."""
    given = os.environ.get("BENCHBENCH_WEIGHTS")
    return Path(given) if given else None


def hub_cache() -> Path:
    """Return the folder in which torch hub keeps downloaded checkpoints."""
    home = os.environ.get("TORCH_HOME") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "torch"
    return Path(home) / "hub" / "checkpoints"


def locate(file: WeightFile) -> Path | None:
    """Return where the file stands, or `None`; a published file whose SHA-256 is wrong raises `MissingData`."""
    for directory in filter(None, (folder(), hub_cache())):
        path = directory / file.name
        if path.is_file():
            digest = file_hash(path)
            if not digest.startswith(file.sha256_prefix):
                raise MissingData(
                    f"{path} is not {file.name}: its SHA-256 is {digest[:16]}…, expected {file.sha256_prefix}…;"
                    f" remove it and run `benchbench weights fetch {file.name}`, or get it from {file.url}"
                )
            return path
        if file.features_only and (directory / file.features_only).is_file():
            return directory / file.features_only
    return None


def find(file: WeightFile) -> Path:
    """Return where the file stands, downloading it if need be; raise `MissingData` with all that is needed if not.

    `BENCHBENCH_OFFLINE` forbids the download.
    """
    path = locate(file)
    if path is not None:
        return path
    if os.environ.get("BENCHBENCH_OFFLINE"):
        raise MissingData(_how_to_get(file, "downloads are off (BENCHBENCH_OFFLINE)"))
    return fetch(file)


def fetch(file: WeightFile) -> Path:
    """Download the file (with a progress bar) into the user's folder or torch hub's cache; checks its SHA-256."""
    import torch

    directory = folder() or hub_cache()
    path = directory / file.name
    try:
        directory.mkdir(parents=True, exist_ok=True)
        torch.hub.download_url_to_file(file.url, str(path), hash_prefix=file.sha256_prefix)
    except (OSError, RuntimeError) as error:
        raise MissingData(_how_to_get(file, f"downloading failed: {error}")) from None
    return path


def _how_to_get(file: WeightFile, why: str) -> str:
    looked = ", ".join(str(directory) for directory in filter(None, (folder(), hub_cache())))
    return (
        f"weights {file.name} ({file.size}, SHA-256 {file.sha256_prefix}…) are not here; looked in {looked}; {why}."
        f" Get {file.url} and put it into {folder() or hub_cache()}, or into a folder that --weights or"
        f" BENCHBENCH_WEIGHTS names"
    )


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
