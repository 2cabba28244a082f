"""`photos-32`: the crops of `sr-photos` at 32 px, without a condition."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal

from benchbench.core import Example, SampleSpace, Task
from benchbench.hookspecs import hookimpl
from benchbench.tasks._metrics import UNCONDITIONAL
from benchbench.tasks._photos import SIDE, crops
from benchbench.tasks._unconditional import HeldOutImages

if TYPE_CHECKING:
    from torch import Tensor


class Photos32(HeldOutImages):
    """The crops, splits and groups of `sr-photos`, made smaller by the mean of 2 x 2 pixels; one beside each condition.

    Train, validation and test have different blocks of the same seven photographs; uncertainties are over blocks.
    """

    name = "photos-32"
    version = 1
    summary = "crops of seven photographs that come with scikit-image and scikit-learn, 32 px, unconditional"
    kind = "unconditional"
    space = SampleSpace("images", (3, SIDE // 2, SIDE // 2))
    metrics = UNCONDITIONAL

    def examples(self, split: Literal["train", "validation", "test"]) -> Sequence[Example]:
        """Return 4000 training crops (half of them mirrored), 300 for validation, or 300 empty conditions."""
        return _examples(split)

    def real_pool(self) -> Tensor:
        """Return the 4000 training crops."""
        import torch

        return torch.cat([example.references for example in self.examples("train")])


@functools.lru_cache(maxsize=3)
def _examples(split: str) -> tuple[Example, ...]:
    import torch

    return tuple(
        Example(
            crop.id, {}, torch.nn.functional.avg_pool2d(crop.image[None].double(), 2).round().byte(), group=crop.block
        )
        for crop in crops(split)
    )


@hookimpl
def benchbench_tasks() -> Iterable[type[Task]]:
    """Register the task."""
    return (Photos32,)
