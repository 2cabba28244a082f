"""`edges2clothes`: edges to photographs of clothes, 64 px (clothing-dataset-small, CC0)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from benchbench.core import Example, SampleSpace, Task
from benchbench.data import Download, Item, PreparedTask, Reader, Row, Source
from benchbench.data.files import planes
from benchbench.data.task import by_hash
from benchbench.hookspecs import hookimpl
from benchbench.tasks._metrics import TRANSLATION

if TYPE_CHECKING:
    from PIL.Image import Image

SIDE = 64
SHORT = 128
"""The short side that every photograph is brought to first, if it is larger."""
CLASSES = ("dress", "hat", "longsleeve", "outwear", "pants", "shirt", "shoes", "shorts", "skirt", "t-shirt")
SIGMA = 1.5
LOW, HIGH = 0.05, 0.1
"""Canny's smoothing in pixels, and its thresholds of the luma in [0, 1]: they draw the garment, not its texture."""
SPLITS = ("train", "validation", "test")


class Edges2Clothes(PreparedTask):
    """Photographs of ten kinds of clothes, centre square, 64 px (Lanczos), from their edges, black on white.

    Upstream's own split: 3068 to train, 341 to validate, and of the 372 of the test the 300 whose names have the least
    SHA-256.
    """

    name = "edges2clothes"
    version = 1
    summary = "edges to photographs of clothes, 64 px (clothing-dataset-small)"
    kind = "translation"
    space = SampleSpace("images", (3, SIDE, SIDE))
    metrics: ClassVar[tuple[str, ...]] = TRANSLATION
    source = Source(
        "clothing-dataset-small",
        "https://github.com/alexeygrigorev/clothing-dataset-small",
        "CC0-1.0",
        layout=tuple(f"{split}/{kind}" for split in SPLITS for kind in CLASSES),
        downloads=(
            Download(
                "https://github.com/alexeygrigorev/clothing-dataset-small/archive/"
                "11961516512414bf9f6c150a832cfd21b54a6b54.tar.gz"
            ),
        ),
    )
    arrays = {"edges": (1, SIDE, SIDE), "image": (3, SIDE, SIDE)}  # noqa: RUF012
    official = {  # noqa: RUF012
        "train": "content:266ba19ea3d7a9664b9a042babc23dc186dadde522848d74879dc1a1a68f35fa",
        "validation": "content:ae2b3071828e4ca47053a9fabab6fe9baf8eee72ad9b9be868313c07500d85e0",
        "test": "content:5334150ddaabbf5a4f7af28206713a774bcee8c574eb3bd439467ce498ce749d",
    }
    choices = (
        "Upstream's split is kept, though it names no photographers: one person's photographs can be on both sides.",
        "Edges are scikit-image's Canny (sigma 1.5, thresholds 0.05 and 0.1) of the luma at 64 px.",
        "The official hashes are of a copy whose photographs have 128 px on the short side; upstream's are larger, are"
        " brought to that size first, and give other pixels and another fingerprint, so their rows stand apart.",
        "The pinned archive could not be fetched where this task was written.",
    )

    def items(self, folder: Path) -> Mapping[str, Sequence[Item]]:
        """Return upstream's splits, those of the test by hash."""
        found = {split: [item for kind in CLASSES for item in _items(folder, split, kind)] for split in SPLITS}
        return {**found, "test": sorted(found["test"], key=lambda item: by_hash(item.id))}

    def decode(self, read: Reader, item: Item) -> Mapping[str, np.ndarray]:
        """Return the photograph's centre square at 64 px, and its edges."""
        image = _square(read.image(item.files[0]))
        return {"edges": edges(np.asarray(image.convert("L")))[None], "image": planes(image)}

    def example(self, row: Row) -> Example:
        """Return the example of the photograph and its edges."""
        return Example(row.id, {"image": row.arrays["edges"]}, row.arrays["image"][None])


def _items(folder: Path, split: str, kind: str) -> list[Item]:
    paths = sorted((folder / split / kind).glob("*.jpg"))
    return [Item(path.stem, (f"{split}/{kind}/{path.name}",), label=CLASSES.index(kind)) for path in paths]


def _square(image: Image) -> Image:
    """Return the centre square at 64 px, by way of 128 px on the short side where the photograph is larger."""
    from PIL import Image as images

    lanczos = images.Resampling.LANCZOS
    if min(image.size) > SHORT:
        scale = SHORT / min(image.size)
        image = image.resize((round(image.width * scale), round(image.height * scale)), lanczos)
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    return image.crop((left, top, left + side, top + side)).resize((SIDE, SIDE), lanczos)


def edges(luma: np.ndarray) -> np.ndarray:
    """Return the edges of `uint8[H, W]` as `uint8[H, W]`: 0 on an edge, 255 elsewhere."""
    from skimage.feature import canny

    found = canny(luma / 255, sigma=SIGMA, low_threshold=LOW, high_threshold=HIGH)
    return np.where(found, 0, 255).astype(np.uint8)


@hookimpl
def benchbench_tasks() -> Iterable[type[Task]]:
    """Register the task."""
    return (Edges2Clothes,)
