"""`sr-photos`: 16 to 64 px super-resolution of the photographs in the scikit-image and scikit-learn wheels."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from benchbench.core import Example, SampleSpace, SuperResolutionTask, Task
from benchbench.hookspecs import hookimpl
from benchbench.tasks._metrics import RESTORATION
from benchbench.tasks._photos import SIDE, crops

if TYPE_CHECKING:
    from torch import Tensor


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


@functools.lru_cache(maxsize=3)
def _examples(split: str) -> tuple[Example, ...]:
    import torch

    found = crops(split)
    targets = np.stack([crop.image.numpy() for crop in found])
    means = targets.reshape(-1, 3, SIDE // 4, 4, SIDE // 4, 4).mean((3, 5))
    small = torch.from_numpy(np.rint(means).astype(np.uint8))
    return tuple(
        Example(crop.id, {"image": image}, crop.image[None], group=crop.block)
        for crop, image in zip(found, small, strict=True)
    )


@hookimpl
def benchbench_tasks() -> Iterable[type[Task]]:
    """Register the task."""
    return (SrPhotos,)
