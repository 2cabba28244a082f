"""`colour-photos`: grey to colour, 64 px; the crops of `sr-photos`."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal

from benchbench.core import Example, SampleSpace, Task
from benchbench.hookspecs import hookimpl
from benchbench.tasks._grey import CHOICE, ColourTask
from benchbench.tasks._metrics import RESTORATION
from benchbench.tasks._photos import SIDE, crops

if TYPE_CHECKING:
    from torch import Tensor


class ColourPhotos(ColourTask):
    """The crops, splits and groups of `sr-photos`; the input is their luma, rounded, in one channel."""

    name = "colour-photos"
    version = 1
    summary = "grey to colour, 64 px; crops of seven photographs that come with scikit-image and scikit-learn"
    space = SampleSpace("images", (3, SIDE, SIDE))
    metrics = RESTORATION
    choices = (CHOICE,)

    def examples(self, split: Literal["train", "validation", "test"]) -> Sequence[Example]:
        """Return 4000 training crops (half of them mirrored), 300 for validation or the 300 of the test."""
        return _examples(split)

    def real_pool(self) -> Tensor:
        """Return the 4000 training crops."""
        import torch

        return torch.cat([example.references for example in self.examples("train")])


@functools.lru_cache(maxsize=3)
def _examples(split: str) -> tuple[Example, ...]:
    grey = ColourPhotos().grey
    return tuple(
        Example(crop.id, {"image": grey(crop.image[None])[0]}, crop.image[None], group=crop.block)
        for crop in crops(split)
    )


@hookimpl
def benchbench_tasks() -> Iterable[type[Task]]:
    """Register the task."""
    return (ColourPhotos,)
