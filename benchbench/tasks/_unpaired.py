"""Translation without pairs: two sets of images, as CycleGAN's authors publish them (Zhu et al., ICCV 2017)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from benchbench.core import Example, MissingData, SampleSpace, Unsupported
from benchbench.core.noise import Noise
from benchbench.data import Download, Item, PreparedTask, Reader, Row, Source, cache
from benchbench.data.files import planes
from benchbench.data.task import Split, by_hash
from benchbench.system.regular import is_litter, shown
from benchbench.tasks._metrics import UNPAIRED

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

HOST = "https://efrosgans.eecs.berkeley.edu/cyclegan/datasets"
SIDE = 256
SUFFIXES = (".jpg", ".jpeg", ".png")
INPUT, TARGET = 0, 1
"""The label of a row: which of the two sets it is of."""
FOLDERS = {"train": ("trainA", "trainB"), "test": ("testA", "testB")}
VALIDATION = 0.1
"""The share of each training folder that is held back, those whose ids have the least SHA-256."""
CHOICES = (
    "No image of B is the answer to one of A: the reference of a condition is a held-out image of B like any other."
    " Scores compare sets of images alone; none sees whether an output keeps what its input shows.",
    "Validation is the tenth of each training folder whose names have the least SHA-256; the authors have none.",
    "No SHA-256 of the archive is published: the rows have no official hash.",
)


class Unpaired(PreparedTask):
    """Images of `trainA` and `testA` are conditions, those of `trainB` and `testB` samples of the other set.

    An id is `FOLDER-NAME`. Examples put the images of both sets side by side in an order that means nothing; the
    smaller set is repeated.
    """

    kind = "unpaired"
    space = SampleSpace("images", (3, SIDE, SIDE))
    metrics = UNPAIRED
    choices: ClassVar[tuple[str, ...]] = CHOICES
    arrays: ClassVar[Mapping[str, tuple[int, ...]]] = {"image": (3, SIDE, SIDE)}
    rows: ClassVar[Mapping[str, int]] = {}

    def items(self, folder: Path) -> Mapping[str, Sequence[Item]]:
        """Return the images of both sets, by split; raise `MissingData` where a folder of theirs has none."""
        held: dict[str, list[Item]] = {"train": [], "validation": [], "test": []}
        for label in (INPUT, TARGET):
            train = self._images(folder, FOLDERS["train"][label], label)
            number = max(1, int(VALIDATION * len(train)))
            held["validation"] += train[:number]
            held["train"] += train[number:]
            held["test"] += self._images(folder, FOLDERS["test"][label], label)
        return held

    def decode(self, read: Reader, item: Item) -> Mapping[str, np.ndarray]:
        """Return the image, which is of the size of the samples."""
        height, width = self.space.shape[1:]
        return {"image": planes(read.image(item.files[0], size=(width, height)))}

    def example(self, row: Row) -> Example:
        """Return one image; of which set it is, its label says."""
        return Example(row.id, {}, row.arrays["image"][None])

    def examples(self, split: Split) -> Sequence[Example]:
        """Return inputs beside images of the other set: in the test one for each input, elsewhere all of both."""
        return _Beside(super().examples(split), self._rows_of(split), split)

    def real_pool(self) -> Tensor:
        """Return the training images of B, at most `pool_size`."""
        import torch

        single, (_, targets) = super().examples("train"), self._rows_of("train")
        return torch.stack([single[row].references[0] for row in targets[: self.pool_size]])

    def draw(self, ids: Sequence[str], num_samples: int, noise: Noise) -> Tensor:
        """Raise `Unsupported`: what is true of a condition is not known."""
        raise Unsupported(f"{self.name} has no pairs: no image of B is known to be right for a condition")

    def _rows_of(self, split: str) -> tuple[list[int], list[int]]:
        """Return the rows of both sets."""
        labels = cache.opened(self.name, self.version, self.source).splits[split].labels
        of_inputs, of_targets = ([row for row, each in enumerate(labels) if each == label] for label in (INPUT, TARGET))
        return of_inputs, of_targets

    def _images(self, folder: Path, name: str, label: int) -> list[Item]:
        """Return the images of a folder, the least SHA-256 first."""
        files = sorted(path.name for path in (folder / name).iterdir() if not is_litter(path.name))
        found = [
            Item(f"{name}-{Path(file).stem}", (f"{name}/{file}",), label=label) for file in files if _is_image(file)
        ]
        if not found:
            raise MissingData(
                f"{self.name}: {shown(folder / name)} has no .jpg or .png (it holds {files[:3]});"
                f" see {self.source.homepage}"
            )
        return sorted(found, key=lambda item: by_hash(item.id))


class _Beside(Sequence[Example]):
    """Images of two sets side by side."""

    def __init__(self, single: Sequence[Example], rows: tuple[list[int], list[int]], split: str) -> None:
        self._single, (self._inputs, self._targets) = single, rows
        self._whole = split != "test"

    def __len__(self) -> int:
        return max(len(self._inputs), len(self._targets)) if self._whole else len(self._inputs)

    def __getitem__(self, index):  # type: ignore[no-untyped-def]
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        number = range(len(self))[index]
        given = self._single[self._inputs[number % len(self._inputs)]]
        other = self._single[self._targets[number % len(self._targets)]]
        id = given.id if not self._whole else f"{number:05d}"
        return Example(id, {"image": given.references[0]}, other.references)


def published(name: str, licence: str) -> Source:
    """Return a data set of CycleGAN's authors: `NAME/trainA`, `trainB`, `testA`, `testB`, in NAME.zip."""
    layout = (*FOLDERS["train"], *FOLDERS["test"])
    homepage = "https://github.com/junyanz/pytorch-CycleGAN-and-pix2pix"
    return Source(name, homepage, licence, layout, (Download(f"{HOST}/{name}.zip"),), named=True)


def _is_image(file: str) -> bool:
    return file.lower().endswith(SUFFIXES)
