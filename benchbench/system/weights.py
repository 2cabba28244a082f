"""Where the weight files that extractors declare are found, and how each is known to be the right one."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchbench.core import MissingData, WeightFile
from benchbench.system.envelope import sum_of
from benchbench.system.paths import cache_home, named_folder

if TYPE_CHECKING:
    from torch import Tensor


__all__ = [
    "WeightFile",
    "WrongWeights",
    "check_answer",
    "fetch",
    "file_hash",
    "find",
    "known_images",
    "load_tensors",
    "locate",
    "tensors_hash",
]
TOLERANCE = 1e-3
"""By how much an answer may differ from the known one: machines round differently, other weights are far off."""
SETTLED = 3.0
"""Seconds after which another change of a file has another time, on every file system."""


class WrongWeights(MissingData):
    """A file of weights is there, and it is not the one that it should be."""


def folder() -> Path | None:
    """Return the user's folder of weights, from `--weights` or `BENCHBENCH_WEIGHTS`."""
    return named_folder("BENCHBENCH_WEIGHTS")


def hub_cache() -> Path:
    """Return the folder in which torch hub keeps downloaded checkpoints."""
    return (named_folder("TORCH_HOME") or cache_home() / "torch") / "hub" / "checkpoints"


def folders(file: WeightFile) -> list[Path]:
    """Return where the file is looked for, in this order."""
    if not file.package:
        return [directory for directory in (folder(), hub_cache()) if directory]
    spec = importlib.util.find_spec(file.package)
    return [Path(directory) for directory in (spec.submodule_search_locations or ())] if spec else []


def locate(file: WeightFile) -> Path | None:
    """Return where the file is, or `None`; a file whose SHA-256 is wrong raises `WrongWeights`."""
    for directory in folders(file):
        path = directory / file.name
        if path.is_file():
            digest = file_hash(path)
            if not digest.startswith(file.sha256):
                raise WrongWeights(
                    f"{path} is not {file.name}: its SHA-256 is {digest[:16]}…, expected {file.sha256[:16]}…;"
                    f" {_remedy(file)}"
                )
            return path
        known_by_answer = file.features_only and file.known_answer is not None
        if known_by_answer and (directory / file.features_only).is_file():
            return directory / file.features_only
    return None


def _remedy(file: WeightFile) -> str:
    if file.package:
        return f"it ships with {file.package}: install that again"
    return f"remove it and run `benchbench weights fetch {file.name}`, or get it from {file.url}"


def find(file: WeightFile) -> Path:
    """Return where the file is, downloading it if need be; raise `MissingData` with all that is needed if not.

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

    path = folders(file)[0] / file.name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.hub.download_url_to_file(file.url, str(path), hash_prefix=file.sha256)
    except (OSError, RuntimeError) as error:
        raise MissingData(_how_to_get(file, f"downloading failed: {error}")) from None
    return path


def _how_to_get(file: WeightFile, why: str) -> str:
    return (
        f"weights {file.name} ({file.size}, SHA-256 {file.sha256}…) are not here; looked in"
        f" {', '.join(map(str, folders(file)))}; {why}."
        f" Get {file.url} and put it into {folders(file)[0]}, or into a folder that --weights or"
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


def known_images() -> Tensor:
    """Return the two images `uint8[2, 3, 64, 64]` of known answers: colour ramps and a checkerboard."""
    import torch

    ramp = torch.arange(64) / 63
    y, x = torch.meshgrid(ramp, ramp, indexing="ij")
    checker = ((torch.arange(64)[:, None] // 8 + torch.arange(64)[None] // 8) % 2).float()
    both = torch.stack([torch.stack([x, y, 1 - x]), torch.stack([checker, y * checker, x])])
    return (255 * both).round().byte()


def check_answer(file: WeightFile, path: Path, views: Callable[[Tensor], dict[str, Tensor]]) -> None:
    """Raise `WrongWeights` unless what was loaded from `path` gives the known answer; do nothing where none is known.

    The answer is the squared distance between the embeddings of `known_images()`.
    """
    if file.known_answer is None:
        return
    answer = measure_answer(views)
    if not abs(answer - file.known_answer) < TOLERANCE:  # NaN is no answer either
        raise WrongWeights(
            f"{path} does not hold {file.name}: its known answer is {answer:.4f}, expected {file.known_answer:.4f}; get"
            f" {file.url}"
        )


def measure_answer(views: Callable[[Tensor], dict[str, Tensor]]) -> float:
    """Return the squared distance between the embeddings of `known_images()`, on the CPU."""
    first, second = views(known_images())["embedding"].double()
    return float((first - second).square().sum())


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal; a process reads it again only where its size or its times changed.

    Until `SETTLED` seconds after its times were first seen it is read each time: a change that followed at once may
    have the same ones.
    """
    found = path.stat()
    stamp = (str(path.absolute()), found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
    if time.monotonic() - _first_seen.setdefault(stamp, time.monotonic()) < SETTLED:
        return sum_of(path)
    return _hash_of(*stamp)


_first_seen: dict[tuple[Any, ...], float] = {}


@functools.lru_cache(maxsize=64)
def _hash_of(path: str, *stamp: int) -> str:
    return sum_of(Path(path))


def tensors_hash(tensors: Mapping[str, Tensor]) -> str:
    """Return the SHA-256 of named tensors (names, dtypes, shapes, bytes), whatever file they came in."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].detach().cpu().contiguous()
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.numpy().tobytes())
    return digest.hexdigest()
