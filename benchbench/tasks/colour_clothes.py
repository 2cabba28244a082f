"""`colour-clothes`: grey to colour, 64 px; the photographs of `edges2clothes` (clothing-dataset-small, CC0)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from benchbench.core import Example, Task
from benchbench.data import Item, Reader, Row
from benchbench.hookspecs import hookimpl
from benchbench.tasks._grey import CHOICE, ColourTask
from benchbench.tasks._metrics import RESTORATION
from benchbench.tasks.edges2clothes import SIDE, Edges2Clothes

if TYPE_CHECKING:
    import numpy as np


class ColourClothes(ColourTask, Edges2Clothes):
    """Photographs of ten kinds of clothes, centre square, 64 px (Lanczos), from their luma in one channel.

    The photographs and the split are those of `edges2clothes`.
    """

    name = "colour-clothes"
    version = 1
    summary = "grey to colour, 64 px; photographs of clothes (clothing-dataset-small)"
    metrics = RESTORATION
    arrays = {"image": (3, SIDE, SIDE)}  # noqa: RUF012
    official = {}  # noqa: RUF012
    choices = (
        Edges2Clothes.choices[0],
        CHOICE,
        *Edges2Clothes.choices[2:],
    )

    def decode(self, read: Reader, item: Item) -> Mapping[str, np.ndarray]:
        """Return the photograph's centre square at 64 px."""
        return {"image": super().decode(read, item)["image"]}

    def example(self, row: Row) -> Example:
        """Return the example of the photograph and its luma."""
        image = row.arrays["image"][None]
        return Example(row.id, {"image": self.grey(image)[0]}, image)


@hookimpl
def benchbench_tasks() -> Iterable[type[Task]]:
    """Register the task."""
    return (ColourClothes,)
