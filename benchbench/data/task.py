"""Tasks whose data a user prepares once: what a plugin says of its data set, and the examples from the cache."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from benchbench.core import Example, MissingData, Task
from benchbench.data import cache
from benchbench.data.download import download
from benchbench.data.files import Reader
from benchbench.data.source import Source, in_words

if TYPE_CHECKING:
    from torch import Tensor

Split = Literal["train", "validation", "test"]


@dataclass(frozen=True)
class Item:
    """What becomes one row of the cache, before it is decoded."""

    id: str
    """Unique within the split."""
    files: tuple[str, ...] = ()
    """Relative to the data set's folder."""
    group: str = ""
    """See `Example.group`."""
    label: int = -1
    """Its class, where it has one."""


@dataclass(frozen=True)
class Row:
    """One row of the cache."""

    split: Split
    id: str
    group: str
    label: int
    variant: int
    """Of 0 .. `variants[split]` - 1."""
    arrays: Mapping[str, Tensor]
    """By the names of the task's `arrays`, each `uint8` of the shape given there."""


class PreparedTask(Task):
    """A task of files: subclass it, say which files make which split, how one is decoded, and what an example is.

    `benchbench data prepare` calls `items` and `decode` once; the examples then come from the cache.
    """

    source: ClassVar[Source]
    arrays: ClassVar[Mapping[str, tuple[int, ...]]]
    """The `uint8` arrays that an item is decoded to, by name, with their shapes."""
    rows: ClassVar[Mapping[str, int]] = {"test": 300}
    """How many rows of a split are taken, the first that decode; of a split that is not named here, all."""
    variants: ClassVar[Mapping[str, int]] = {}
    """How many examples each row of a split gives (mirrored copies, crops), where it is not one."""
    pool_size: ClassVar[int] = 5000
    """How many training rows are the real pool at most: those whose ids have the least SHA-256."""
    official: ClassVar[Mapping[str, str]] = {}
    """By split, the `names` or the `content` hash that the manifest of the right data has (`benchbench.data.cache`).

    `names:HASH`, or `names:HASH|HASH` where the data set is published in two packagings.
    """

    @abstractmethod
    def items(self, folder: Path) -> Mapping[str, Sequence[Item]]:
        """Return the candidates of the splits `train`, `validation` and `test` in a fixed order; decode nothing.

        Raise `MissingData` where a list that makes the splits is missing or wrong.
        """

    @abstractmethod
    def decode(self, read: Reader, item: Item) -> Mapping[str, np.ndarray]:
        """Return the arrays of one item; raise `BadFile` where a file is not what it should be."""

    @abstractmethod
    def example(self, row: Row) -> Example:
        """Return the example of a row."""

    def fetch(self, folder: Path, progress: Callable[[str, int, int], None]) -> Sequence[Path]:
        """Download the data set's files into a folder, and return them; what is there is not fetched again.

        `progress` receives what is done, how much of it, and of how much (0: not known). Raise `MissingData` where
        there is nothing to download, or the host does not answer.
        """
        if self.source.by_hand or not self.source.downloads:
            raise MissingData(
                f"{self.source.name} is not in {folder.parent.parent} (looked for {in_words(self.source.layout)})."
                f" {self.source.by_hand} Then name it with --from. Licence: {self.source.licence}"
            )
        return [
            download(each.url, folder / each.name, each.sha256, partial(progress, f"fetching {each.name}"))
            for each in self.source.downloads
        ]

    def data_hash(self, split: Split) -> str:
        """Return the SHA-256 over the rows of a split as prepared: ids, files and decoded pixels.

        Raise `MissingData` where the task is not prepared. A training's identity holds that of `train`.
        """
        return cache.opened(self.name, self.version, self.source).manifest.split_hash(split)

    def target(self, row: Row) -> Tensor:
        """Return one real output of a row, `uint8[*space.shape]`, for the real pool."""
        return self.example(row).references[0]

    def examples(self, split: Split) -> Sequence[Example]:
        """Return the split's examples, decoded from the cache when indexed; raise `MissingData` without it."""
        return _Examples(self, split, cache.opened(self.name, self.version, self.source))

    def real_pool(self) -> Tensor:
        """Return the targets of `pool_size` training rows, or of all if there are fewer."""
        import torch

        table = cache.opened(self.name, self.version, self.source).splits["train"]
        chosen = sorted(range(len(table.ids)), key=lambda i: by_hash(table.ids[i]))[: self.pool_size]
        return torch.stack([self.target(_row(table, "train", index, 0)) for index in sorted(chosen)])


def by_hash(name: str) -> str:
    """Return the key by which a subset of names is chosen once and for all: their SHA-256."""
    return hashlib.sha256(name.encode()).hexdigest()


class _Examples(Sequence[Example]):
    def __init__(self, task: PreparedTask, split: Split, opened: cache.Opened) -> None:
        self._task, self._split, self._table = task, split, opened.splits[split]
        self._variants = task.variants.get(split, 1)

    def __len__(self) -> int:
        return len(self._table.ids) * self._variants

    def __getitem__(self, index):  # type: ignore[no-untyped-def]
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        number = range(len(self))[index]
        return self._task.example(_row(self._table, self._split, *divmod(number, self._variants)))


def _row(table: cache.Table, split: Split, index: int, variant: int) -> Row:
    import torch

    arrays = {name: torch.from_numpy(rows[index]) for name, rows in table.arrays.items()}
    return Row(split, table.ids[index], table.groups[index], table.labels[index], variant, arrays)
