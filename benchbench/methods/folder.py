"""`folder`: images made by any other program, one sub-folder a condition, taken as a method's samples."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchbench.core import BadSample, BenchbenchError, Conditions, Method, MissingData, SampleSpace, Task, Unsupported
from benchbench.core.noise import Noise
from benchbench.hookspecs import hookimpl

if TYPE_CHECKING:
    from torch import Tensor

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp")


@dataclass
class Folder(Method):
    """Reads `PATH/<example id>/*.png`, in the order of their names; `benchbench info TASK --export DIR` gives the ids.

    Its checkpoint is the folder, so its hash, over every image used, belongs to the identity of the run.
    """

    name = "folder"
    summary = "images made by any other program: one sub-folder a condition"
    by_name_only = True

    label: str = "folder"
    """The name for tables."""

    def prepare(self, task: Task, device: str, checkpoint: Path | None) -> None:
        """Check that the folder is there."""
        if task.space.kind != "images":
            raise Unsupported("reads images; this task has points")
        if checkpoint is None:
            raise BenchbenchError("folder: name the folder of samples with --samples DIR (or --checkpoint DIR)")
        if not checkpoint.is_dir():
            raise MissingData(f"no such folder of samples: {checkpoint}")
        self._path, self._space = checkpoint, task.space

    def sample(self, conditions: Conditions, num_samples: int, noise: Noise) -> Tensor:
        """Return the first K images of each condition's sub-folder."""
        import torch

        return torch.stack([read_samples(self._path, id, num_samples, self._space) for id in conditions.ids])


def read_samples(root: Path, id: str, num_samples: int, space: SampleSpace) -> Tensor:
    """Return the first K images `uint8[K, 3, H, W]` of a condition; raise `MissingData` or `BadSample`."""
    import torch

    return torch.stack([_read(path, space.shape[1:]) for path in files(root, id, num_samples)])


def files(root: Path, id: str, number: int) -> list[Path]:
    """Return the first `number` images of a condition by name; raise `MissingData` where there are fewer."""
    directory = root / id
    if not directory.is_dir():
        raise MissingData(f"{root} has no sub-folder {id!r}; one sub-folder a condition is expected, named by its id")
    found = sorted(path for path in directory.iterdir() if path.suffix.lower() in SUFFIXES)
    if len(found) < number:
        raise MissingData(f"{directory} holds {len(found)} images, {number} samples a condition are needed")
    return found[:number]


def _read(path: Path, size: tuple[int, ...]) -> Tensor:
    import numpy as np
    import torch
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as file:
            if file.mode not in ("RGB", "L", "P", "1"):
                raise BadSample(f"{path} has mode {file.mode}; 8-bit RGB is expected")
            image = file.convert("RGB")
    except (UnidentifiedImageError, OSError) as error:
        raise BadSample(f"{path} cannot be decoded: {error}") from None
    if (image.height, image.width) != tuple(size):
        raise BadSample(f"{path} is {image.width} x {image.height} px, the task's samples are {size[1]} x {size[0]} px")
    return torch.from_numpy(np.asarray(image).transpose(2, 0, 1).copy())


@hookimpl
def benchbench_methods() -> Iterable[type[Method]]:
    """Register the method."""
    return (Folder,)
