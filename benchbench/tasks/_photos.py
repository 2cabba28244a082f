"""64 px crops of the photographs in the scikit-image and scikit-learn wheels, for the tasks that are made of them."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchbench.core import Example, MissingData
from benchbench.core.noise import stream
from benchbench.system.images import decode
from benchbench.tasks._kept import kept

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
"""The side of the blocks that photographs are divided into, in pixels; a crop never leaves its block."""
SIDE = 64
NUMBER = {"train": 4000, "validation": 300, "test": 300}


def split_of(row: int, column: int) -> str:
    """Return the split of a block: a third of them, on diagonals, are for the test; a few for validation."""
    if (row + 2 * column) % 3 == 0:
        return "test"
    return "validation" if (row + 2 * column) % 9 == 1 else "train"


@dataclass(frozen=True)
class Crop:
    """A piece of a photograph."""

    id: str
    block: str
    """The block that it lies in."""
    image: Tensor
    """`uint8[3, 64, 64]`."""


def crops(split: str) -> tuple[Crop, ...]:
    """Return the crops of a split: 64 to 128 px of a block, scaled to 64 px (Lanczos); half of train's are mirrored."""
    return tuple(Crop(each.id, each.group, each.references[0]) for each in _images(split))


@kept("photos")
def _images(split: str) -> tuple[Example, ...]:
    import torch

    blocks = [(name, tile) for part, name, tile in _blocks() if part == split]
    made = []
    for index in range(NUMBER[split]):
        name, tile = blocks[index % len(blocks)]
        image = torch.from_numpy(_crop(tile, index, split).transpose(2, 0, 1).copy())
        made.append(Example(f"{index:04d}-{name}", {}, image[None], name))
    return tuple(made)


@functools.lru_cache(maxsize=1)
def _blocks() -> tuple[tuple[str, str, np.ndarray], ...]:
    """Return (split, name, `uint8[128, 128, 3]`) of every whole block."""
    blocks = []
    for package, file in PHOTOS:
        spec = util.find_spec(package)
        path = Path(spec.origin if spec and spec.origin else package).parent / file
        if not path.is_file():
            raise MissingData(f"the photographs: the installed {package} has no {file}; looked for {path}")
        photo = np.asarray(decode(path.read_bytes(), str(path)))
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
