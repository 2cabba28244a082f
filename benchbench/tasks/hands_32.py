"""`hands-32`: the photographs of `sr-hands` at 32 px, without a condition (Sign Language Digits, Apache-2.0)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from benchbench.core import Example, SampleSpace, Task
from benchbench.data import Item, PreparedTask, Reader, Row
from benchbench.data.files import planes
from benchbench.hookspecs import hookimpl
from benchbench.tasks import sr_hands
from benchbench.tasks._metrics import UNCONDITIONAL
from benchbench.tasks._unconditional import HeldOutImages

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np

SIDE = 32


class Hands32(HeldOutImages, PreparedTask):
    """Photographs of hands of 218 students, 100 px, scaled to 32 px (Lanczos); one held-out one beside each condition.

    The students are the groups, and the split is that of `sr-hands`.
    """

    name = "hands-32"
    version = 1
    summary = "photographs of hands, 32 px, unconditional (Sign Language Digits)"
    kind = "unconditional"
    space = SampleSpace("images", (3, SIDE, SIDE))
    metrics = UNCONDITIONAL
    source = sr_hands.SrHands.source
    arrays = {"image": (3, SIDE, SIDE)}  # noqa: RUF012
    official = {}  # noqa: RUF012
    choices = sr_hands.SrHands.choices

    def items(self, folder: Path) -> Mapping[str, Sequence[Item]]:
        """Return the splits of `sr-hands`."""
        return sr_hands.SrHands().items(folder)

    def decode(self, read: Reader, item: Item) -> Mapping[str, np.ndarray]:
        """Return the photograph at 32 px."""
        from PIL import Image

        image = read.image(item.files[0], size=(sr_hands.ORIGINAL, sr_hands.ORIGINAL))
        return {"image": planes(image.resize((SIDE, SIDE), Image.Resampling.LANCZOS))}

    def example(self, row: Row) -> Example:
        """Return the example of the photograph and an empty condition."""
        return Example(row.id, {}, row.arrays["image"][None], row.group)


@hookimpl
def benchbench_tasks() -> Iterable[type[Task]]:
    """Register the task."""
    return (Hands32,)
