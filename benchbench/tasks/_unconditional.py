"""Images without a condition: the 300 test conditions are empty, and each has its own held-out images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from benchbench.core import Example, Task, Unsupported
from benchbench.core.noise import Noise
from benchbench.data import PreparedTask, Row
from benchbench.data.task import Split
from benchbench.tasks._metrics import UNCONDITIONAL

if TYPE_CHECKING:
    from torch import Tensor

CONDITIONS = 300


class HeldOutImages(Task):
    """References that are a few held-out images under the true law, and not the law itself."""

    def draw(self, ids: Sequence[str], num_samples: int, noise: Noise) -> Tensor:
        """Raise `Unsupported`: repeated references are no fresh draws; the baseline `real` gives some."""
        raise Unsupported("the true law is known only by its real images: see the row of `real`")


class UnconditionalImages(HeldOutImages, PreparedTask):
    """Held-out images `image`, `references` of them to each of 300 empty conditions; none is of two conditions.

    A subclass has `rows = {"test": 300 * references}`, or more images to choose from by their hash.
    """

    kind = "unconditional"
    metrics = UNCONDITIONAL
    references: ClassVar[int] = 20

    def example(self, row: Row) -> Example:
        """Return the example of one image and an empty condition."""
        return Example(row.id, {}, row.arrays["image"][None])

    def examples(self, split: Split) -> Sequence[Example]:
        """Return one image per example, except for the test: 300 examples of `references` images each."""
        found = super().examples(split)
        return Gathered(found, self.references) if split == "test" else found


class Gathered(Sequence[Example]):
    """Examples of one reference each, made fewer with several."""

    def __init__(self, single: Sequence[Example], references: int) -> None:
        self._single, self._references = single, references

    def __len__(self) -> int:
        return CONDITIONS

    def __getitem__(self, index):  # type: ignore[no-untyped-def]
        import torch

        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        number = range(len(self))[index]
        own = [self._single[number * self._references + k] for k in range(self._references)]
        return Example(f"{number:04d}", {}, torch.cat([each.references for each in own]))
