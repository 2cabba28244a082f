"""What the paired sets of pix2pix share: a JPEG holds two pictures side by side, A on the left and B on the right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from benchbench.core import Example, MissingData, SampleSpace
from benchbench.data import Download, Item, PreparedTask, Reader, Row, Source
from benchbench.data.files import planes
from benchbench.data.task import by_hash
from benchbench.system.regular import is_litter, shown
from benchbench.tasks._metrics import TRANSLATION

if TYPE_CHECKING:
    import numpy as np

HOST = "https://efrosgans.eecs.berkeley.edu/pix2pix/datasets"
SIDE = 256
SPARE = 20
"""Pictures that stand by for those of the test that cannot be used, where there are more than the test takes."""
VALIDATION = 500
"""The largest number of validation pictures, where the set has no validation split of its own."""


class PackedPairs(PreparedTask):
    """What the sets share: a picture `SPLIT/NAME.jpg` is two squares side by side, the condition and the target.

    An id is `SPLIT-NAME`, after the published folder. Rows of train stand by name, those of test and validation by the
    SHA-256 of their ids.
    """

    kind = "translation"
    space = SampleSpace("images", (3, SIDE, SIDE))
    metrics = TRANSLATION
    arrays: ClassVar[Mapping[str, tuple[int, ...]]] = {"condition": (3, SIDE, SIDE), "target": (3, SIDE, SIDE)}
    pool_size = 3000
    condition_is_left: ClassVar[bool]
    packed: ClassVar[int] = SIDE
    """The side of each of the two squares as published, in pixels."""
    held_out: ClassVar[tuple[str, ...]] = ("val",)
    """The folder that the test is taken from: the first of these that is there."""
    own_validation: ClassVar[str] = ""
    """The folder of the published validation split; empty: there is none beside the held-out one."""

    def items(self, folder: Path) -> Mapping[str, Sequence[Item]]:
        """Return the splits; raise `MissingData` where a folder of theirs has no picture."""
        train = self._pictures(folder, "train")
        name = next((name for name in self.held_out if (folder / name).is_dir()), self.held_out[0])
        held = _hashed(self._pictures(folder, name))
        test = held[: self.rows["test"] + SPARE] if "test" in self.rows else held
        if self.own_validation:
            validation = _hashed(self._pictures(folder, self.own_validation))
        else:
            validation = (held[len(test) :] or _hashed(train)[: len(train) // 10])[:VALIDATION]
        chosen = {item.id for item in validation}
        return {"train": [item for item in train if item.id not in chosen], "validation": validation, "test": test}

    def decode(self, read: Reader, item: Item) -> Mapping[str, np.ndarray]:
        """Return both halves, the condition in as many channels as `arrays` says (one: ITU-R 601 luma)."""
        pair = read.image(item.files[0], size=(2 * self.packed, self.packed))
        left, right = (pair.crop((x, 0, x + self.packed, self.packed)) for x in (0, self.packed))
        condition, target = (left, right) if self.condition_is_left else (right, left)
        if self.arrays["condition"][0] == 1:
            condition = condition.convert("L")
        return {"condition": planes(condition), "target": planes(target)}

    def example(self, row: Row) -> Example:
        """Return the example of the condition and the target."""
        return Example(row.id, {"image": row.arrays["condition"]}, row.arrays["target"][None], row.group)

    def group_of(self, name: str) -> str:
        """Return the group of a picture, given its file name without the suffix."""
        return ""

    def _pictures(self, folder: Path, split: str) -> list[Item]:
        names = sorted(path.name for path in (folder / split).iterdir() if not is_litter(path.name))
        stems = [name.removesuffix(".jpg") for name in names if name.endswith(".jpg")]
        if not stems:
            inner = next((name for name in names if any((folder / split / name).glob("*.jpg"))), "")
            there = f"they lie in {shown(folder / split / inner)}: move them up" if inner else f"it holds {names[:3]}"
            raise MissingData(
                f"{self.name}: {shown(folder / split)} has no pictures NAME.jpg ({there}); see {self.source.homepage}"
            )
        return [Item(f"{split}-{stem}", (f"{split}/{stem}.jpg",), self.group_of(stem)) for stem in stems]


def _hashed(items: Sequence[Item]) -> list[Item]:
    return sorted(items, key=lambda item: by_hash(item.id))


def published(name: str, homepage: str, licence: str, layout: tuple[str, ...]) -> Source:
    return Source(name, homepage, licence, layout, (Download(f"{HOST}/{name}.tar.gz"),), named=True)
