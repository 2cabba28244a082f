"""`sr-photos`: 16 to 64 px super-resolution of the photographs in the scikit-image and scikit-learn wheels."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from benchbench.core import Example, MissingData, SampleSpace, SuperResolutionTask, Task
from benchbench.hookspecs import hookimpl
from benchbench.noise import stream
from benchbench.tasks._metrics import RESTORATION

if TYPE_CHECKING:
    from torch import Tensor

PHOTOS = (
    ("skimage", "data/astronaut.png"),
    ("skimage", "data/chelsea.png"),
    ("skimage", "data/coffee.png"),
    ("skimage", "data/motorcycle_left.png"),
    ("skimage", "data/rocket.jpg"),
    ("sklearn", "datasets/images/china.jpg"),
    ("sklearn", "datasets/images/flower.jpg"),
)
BLOCK = 128
"""Photographs are divided in whole blocks of this side; a crop never leaves its block."""
SIDE = 64
NUMBER = {"train": 4000, "validation": 300, "test": 300}


def split_of(row: int, column: int) -> str:
    """Return the split of a block: a third of them, on diagonals, are for the test; a few for validation."""
    if (row + 2 * column) % 3 == 0:
        return "test"
    return "validation" if (row + 2 * column) % 9 == 1 else "train"


class SrPhotos(SuperResolutionTask):
    """Crops of 64 to 128 px of 128 px blocks, scaled to 64 px (Lanczos); the input is the 4 x 4 area mean.

    Train, validation and test have different blocks of the same seven photographs. Test crops of one block may
    overlap, so a block is a group: uncertainties are taken over blocks.
    """

    name = "sr-photos"
    version = 1
    summary = "16 to 64 px super-resolution; crops of seven photographs that come with scikit-image and scikit-learn"
    space = SampleSpace("images", (3, SIDE, SIDE))
    metrics = RESTORATION

    def examples(self, split: Literal["train", "validation", "test"]) -> Sequence[Example]:
        """Return 4000 training crops (half of them mirrored), 300 for validation or the 300 of the test."""
        return _examples(split)

    def real_pool(self) -> Tensor:
        """Return the 4000 training crops."""
        import torch

        return torch.cat([example.references for example in self.examples("train")])

    def downsample(self, images: Tensor) -> Tensor:
        """Return the 4 x 4 area means, `float32[N, 3, 16, 16]` in 0..255."""
        import torch

        return torch.nn.functional.avg_pool2d(images.float(), self.factor)


@functools.lru_cache(maxsize=1)
def _blocks() -> tuple[tuple[str, str, np.ndarray], ...]:
    """Return (split, name, `uint8[128, 128, 3]`) of every whole block."""
    from PIL import Image

    blocks = []
    for package, file in PHOTOS:
        spec = util.find_spec(package)
        path = Path(spec.origin if spec and spec.origin else package).parent / file
        if not path.is_file():
            raise MissingData(f"sr-photos: the installed {package} carries no {file}; looked for {path}")
        photo = np.asarray(Image.open(path).convert("RGB"))
        for row in range(photo.shape[0] // BLOCK):
            for column in range(photo.shape[1] // BLOCK):
                tile = photo[row * BLOCK : (row + 1) * BLOCK, column * BLOCK : (column + 1) * BLOCK]
                blocks.append((split_of(row, column), f"{path.stem}-{row}-{column}", tile))
    return tuple(blocks)


def _crop(tile: np.ndarray, index: int, split: str) -> np.ndarray:
    from PIL import Image

    generator = stream("sr-photos", 1, split, index)
    side = int(generator.integers(SIDE, BLOCK + 1))
    top, left = (int(each) for each in generator.integers(0, BLOCK - side + 1, size=2))
    crop = Image.fromarray(tile[top : top + side, left : left + side])
    pixels = np.asarray(crop.resize((SIDE, SIDE), Image.Resampling.LANCZOS))
    return pixels[:, ::-1] if split == "train" and generator.random() < 0.5 else pixels


@functools.lru_cache(maxsize=3)
def _examples(split: str) -> tuple[Example, ...]:
    import torch

    blocks = [(name, tile) for part, name, tile in _blocks() if part == split]
    made = []
    for index in range(NUMBER[split]):
        name, tile = blocks[index % len(blocks)]
        target = _crop(tile, index, split).transpose(2, 0, 1).copy()
        small = np.rint(target.reshape(3, SIDE // 4, 4, SIDE // 4, 4).mean((2, 4))).astype(np.uint8)
        condition = {"image": torch.from_numpy(small)}
        made.append(Example(f"{index:04d}-{name}", condition, torch.from_numpy(target)[None], group=name))
    return tuple(made)


@hookimpl
def benchbench_tasks() -> Iterable[type[Task]]:
    """Register the task."""
    return (SrPhotos,)
