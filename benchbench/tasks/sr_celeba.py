"""`sr-celeba`: 4x super-resolution of CelebA faces, as in Lee et al., ICLR 2019 (MR-GAN); the user brings the data."""

from __future__ import annotations

import functools
import hashlib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from benchbench.core import Example, MissingData, SampleSpace, SuperResolutionTask, Task
from benchbench.hookspecs import hookimpl

if TYPE_CHECKING:
    from torch import Tensor

SIDE = 64
SMALL = 16
CROP = (0, 20, 178, 198)
"""Left, top, right, bottom: the centre square of the 178 x 218 aligned images, rows 20 to 197."""
PARTITION = "list_eval_partition.txt"
IMAGES = "img_align_celeba"
SPLITS = {"train": "0", "validation": "1", "test": "2"}
POOL = 5000
HOMEPAGE = "https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html"


class SrCeleba(SuperResolutionTask):
    """Aligned images, centre square of 178 px, bilinear to 64 px; the input is the bilinear quarter size, 16 px.

    Training on the official partition's train images, testing on 300 of its test images: those whose file names have
    the least SHA-256, since the paper's own random split cannot be rebuilt. Pillow's bilinear filter is antialiased.
    """

    name = "sr-celeba"
    version = 1
    summary = "16 to 64 px super-resolution of CelebA faces (bring the data)"
    space = SampleSpace("images", (3, SIDE, SIDE))
    metrics = (
        "energy-score[mini]",
        "energy-skill[mini]",
        "diversity[mini]",
        "ms-ssim",
        "realism[mini]",
        "frechet[mini]",
        "precision[mini]",
        "coverage[mini]",
        "collapse-rate[mini]",
        "collapse-across[mini]",
        "best-of-k[mini]",
        "psnr",
        "consistency",
    )

    def examples(self, split: Literal["train", "validation", "test"]) -> Sequence[Example]:
        """Return the examples of the official partition, decoded when indexed; 300 of them for the test."""
        root = find_root()
        names = [name for name, part in _partition(root) if part == SPLITS[split]]
        if split == "test":
            names = sorted(_by_hash(names)[: self.protocol.num_conditions])
            if len(names) < self.protocol.num_conditions:
                raise MissingData(
                    f"sr-celeba: {root / PARTITION} lists {len(names)} test images, at least"
                    f" {self.protocol.num_conditions} are needed"
                )
        return _Faces(root, tuple(names))

    def real_pool(self) -> Tensor:
        """Return 5000 training images, those whose names have the least SHA-256."""
        return _pool(find_root())

    def downsample(self, images: Tensor) -> Tensor:
        """Return the bilinear, antialiased quarter size, `float32[N, 3, 16, 16]` in 0..255."""
        import torch

        return torch.nn.functional.interpolate(images.float(), size=(SMALL, SMALL), mode="bilinear", antialias=True)


def find_root() -> Path:
    """Return the folder that holds the partition file and the images; raise `MissingData` with what to do."""
    given = os.environ.get("BENCHBENCH_DATA")
    bases = [Path(given)] if given else [Path("data")]
    places = [place for base in bases for place in (base / "celeba", base)]
    for place in places:
        if (place / PARTITION).is_file() and (place / IMAGES).is_dir():
            return place
    found = [f"{p / name}" for p in places for name in (PARTITION, IMAGES) if (p / name).exists()]
    raise MissingData(
        f"sr-celeba: CelebA is not here. Looked for {PARTITION} and {IMAGES}/ in"
        f" {', '.join(str(place) for place in places)}"
        + (f" (found only {', '.join(found)})" if found else "")
        + f". Its licence asks you to get it yourself: {HOMEPAGE} (aligned and cropped images, and the evaluation"
        f" partition), unpack both into one folder `celeba`, and name its parent with --data or BENCHBENCH_DATA"
    )


@functools.lru_cache(maxsize=1)
def _partition(root: Path) -> tuple[tuple[str, str], ...]:
    rows = [line.split() for line in (root / PARTITION).read_text().splitlines() if line.strip()]
    for number, row in enumerate(rows, 1):
        if len(row) != 2 or row[1] not in SPLITS.values():
            raise MissingData(f"sr-celeba: line {number} of {root / PARTITION} is not `NAME 0|1|2`: {' '.join(row)!r}")
    return tuple((row[0], row[1]) for row in rows)


def _by_hash(names: Sequence[str]) -> list[str]:
    return sorted(names, key=lambda name: hashlib.sha256(name.encode()).hexdigest())


class _Faces(Sequence[Example]):
    def __init__(self, root: Path, names: tuple[str, ...]) -> None:
        self._root, self._names = root, names

    def __len__(self) -> int:
        return len(self._names)

    def __getitem__(self, index):  # type: ignore[no-untyped-def]
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        name = self._names[index]
        target, small = _read(self._root / IMAGES / name)
        return Example(Path(name).stem, {"image": small}, target[None])


def _read(path: Path) -> tuple[Tensor, Tensor]:
    import torch
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as file:
            image = file.convert("RGB")
    except FileNotFoundError:
        raise MissingData(f"sr-celeba: {path} is listed in {PARTITION} but is not there") from None
    except (UnidentifiedImageError, OSError) as error:
        raise MissingData(f"sr-celeba: {path} cannot be decoded: {error}") from None
    if image.size != (178, 218):
        raise MissingData(
            f"sr-celeba: {path} is {image.width} x {image.height} px; the aligned images are 178 x 218 px"
        )
    target = image.crop(CROP).resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    small = target.resize((SMALL, SMALL), Image.Resampling.BILINEAR)
    both = [torch.from_numpy(np.asarray(each).transpose(2, 0, 1).copy()) for each in (target, small)]
    return both[0], both[1]


@functools.lru_cache(maxsize=1)
def _pool(root: Path) -> Tensor:
    import torch

    names = [name for name, part in _partition(root) if part == SPLITS["train"]]
    return torch.stack([_read(root / IMAGES / name)[0] for name in _by_hash(names)[:POOL]])


@hookimpl
def benchbench_tasks() -> Iterable[type[Task]]:
    """Register the task."""
    return (SrCeleba,)
