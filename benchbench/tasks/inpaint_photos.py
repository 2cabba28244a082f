"""`inpaint-photos`: a hole in the crops of `sr-photos`, 64 px."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal

from benchbench.core import Example, InpaintingTask, SampleSpace, Task
from benchbench.hookspecs import hookimpl
from benchbench.tasks._holes import draw_hole, punched
from benchbench.tasks._metrics import RESTORATION
from benchbench.tasks._photos import SIDE, crops

if TYPE_CHECKING:
    from torch import Tensor

BOX, LEAST = 32, 24
"""Half of those of `inpaint-celeba`, as the image is."""
FILL = (122, 101, 92)
"""The mean colour of the training crops, rounded."""


class InpaintPhotos(InpaintingTask):
    """The crops of `sr-photos` with a hole of 24 to 32 px a side inside a 32 px box, filled with the mean colour.

    Train, validation and test have different blocks of the same seven photographs. Test crops of one block may
    overlap, so a block is a group: uncertainties are taken over blocks.
    """

    name = "inpaint-photos"
    version = 1
    summary = (
        "a hole of 24 to 32 px in crops of 64 px of seven photographs that come with scikit-image and scikit-learn"
    )
    space = SampleSpace("images", (3, SIDE, SIDE))
    largest_hole = BOX
    metrics = RESTORATION
    choices = (
        "Box and hole are half of those of `inpaint-celeba`, as the image is.",
        "Each crop has one hole, drawn once and for all.",
    )

    def examples(self, split: Literal["train", "validation", "test"]) -> Sequence[Example]:
        """Return 4000 training crops, 300 for validation or the 300 of the test, each with its one hole."""
        return _examples(split)

    def real_pool(self) -> Tensor:
        """Return the 4000 training crops, whole."""
        import torch

        return torch.cat([example.references for example in self.examples("train")])


@functools.lru_cache(maxsize=3)
def _examples(split: str) -> tuple[Example, ...]:
    made = []
    for crop in crops(split):
        hole = draw_hole(SIDE, BOX, LEAST, "inpaint-photos", 1, split, crop.id)
        made.append(Example(crop.id, punched(crop.image, hole, FILL), crop.image[None], group=crop.block))
    return tuple(made)


@hookimpl
def benchbench_tasks() -> Iterable[type[Task]]:
    """Register the task."""
    return (InpaintPhotos,)
