"""`lsun-bedroom`: bedrooms of LSUN (Yu et al., 2015) at 128 px, unconditional; the user brings the database."""

from __future__ import annotations

import functools
import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from benchbench.core import MissingData, SampleSpace, Task
from benchbench.data import BadFile, Item, Reader, Source
from benchbench.data.files import planes
from benchbench.data.source import Limits
from benchbench.data.task import by_hash
from benchbench.hookspecs import hookimpl
from benchbench.tasks._unconditional import CONDITIONS, UnconditionalImages

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image

SIDE = 128
DATABASE = "bedroom_train_lmdb"
NUMBER = 3_033_042
"""Images in it, as published."""
SPARE = 20
"""Images that stand by for those of the test that cannot be used."""
VALIDATION = 1000
TRAIN = 50_000


class LsunBedroom(UnconditionalImages):
    """Bedrooms of 128 px without a condition; 20 of 6000 held-out images are beside each of the 300 conditions.

    57,020 of the 3,033,042 images of `bedroom_train_lmdb`, those whose keys have the least SHA-256: the first 6000 are
    the test, the next 20 stand by for it, 1000 are for validation and 50,000 for training. The centre square of each is
    scaled by Pillow's bilinear filter (antialiased). An id is the image's key in the database.
    """

    name = "lsun-bedroom"
    version = 1
    summary = "LSUN bedrooms of 128 px, unconditional (bring the database)"
    space = SampleSpace("images", (3, SIDE, SIDE))
    arrays: ClassVar[Mapping[str, tuple[int, ...]]] = {"image": space.shape}
    rows: ClassVar[Mapping[str, int]] = {"test": CONDITIONS * 20}
    source = Source(
        "lsun-bedroom",
        "https://github.com/fyu/lsun",
        "LSUN: no licence is stated; the images belong to their owners",
        layout=(f"{DATABASE}/data.mdb",),
        by_hand="It has 43 GB: get bedroom_train_lmdb.zip by download.py of https://github.com/fyu/lsun (-c bedroom).",
        limits=Limits(most_bytes=64 << 30),
    )
    choices = (
        "Papers train on all 3,033,042 images, often at 256 px; here it is 50,000 of them, by SHA-256, at 128 px:"
        " scores are not comparable with published ones.",
        "The published validation set has 300 images only: the 6000 held-out images are of the training database.",
        "The database is read by the package lmdb, not by torchvision.datasets.LSUN, which keeps a list of keys in a"
        " pickle in the current folder and trusts one that lies there.",
        "The keys are not published beside the data, so no official list is known.",
    )

    def items(self, folder: Path) -> Mapping[str, Sequence[Item]]:
        """Return the splits, after going through all keys.

        Raise `MissingData` without the package lmdb, or where the database does not have the published number of
        images: the hash would then choose other images.
        """
        opened.cache_clear()  # the database may be another than the last time
        with reading(folder / DATABASE) as transaction:
            number = transaction.stat()["entries"]
            if number != NUMBER:
                raise MissingData(
                    f"{self.name}: {folder / DATABASE} has {number:,} images, the published one has {NUMBER:,}; get it"
                    f" again, see {self.source.homepage}"
                )
            return splits(key.decode() for key in transaction.cursor().iternext(keys=True, values=False))

    def decode(self, read: Reader, item: Item) -> Mapping[str, np.ndarray]:
        """Return the centre square at 128 px."""
        with reading(read.folder / DATABASE) as transaction:
            content = transaction.get(item.id.encode())
        return {"image": planes(small(read.decoded(content, f"{DATABASE}/{item.id}")))}


def splits(keys: Iterable[str]) -> dict[str, Sequence[Item]]:
    """Return the splits, of the keys of the database in any order; those of train stand by key, to be read in turn."""
    held = LsunBedroom.rows["test"] + SPARE
    chosen = [Item(key) for key in heapq.nsmallest(held + VALIDATION + TRAIN, keys, by_hash)]
    return {
        "test": chosen[:held],
        "validation": chosen[held : held + VALIDATION],
        "train": sorted(chosen[held + VALIDATION :], key=lambda item: item.id),
    }


def small(image: Image) -> Image:
    """Return the centre square at 128 px; the row or column left over is below or on the right."""
    from PIL import Image as images

    side = min(image.size)
    left, top = ((extent - side) // 2 for extent in image.size)
    square = image.crop((left, top, left + side, top + side))
    return square.resize((SIDE, SIDE), images.Resampling.BILINEAR)


@contextmanager
def reading(path: Path) -> Iterator[Any]:
    """Hold a transaction; raise `BadFile` where the database cannot be read."""
    database = opened(path)
    import lmdb

    try:
        with database.begin() as transaction:
            yield transaction
    except lmdb.Error as error:
        raise BadFile(f"{path.name}: cannot be read ({error})") from None


@functools.lru_cache(maxsize=1)
def opened(path: Path) -> Any:
    """Return the database, opened for reading once per process, as lmdb requires."""
    try:
        import lmdb
    except ImportError:
        raise MissingData(
            "lsun-bedroom: its data are a database that the package lmdb reads, and it is not installed:"
            " python -m pip install lmdb"
        ) from None
    try:
        return lmdb.open(str(path), readonly=True, lock=False, readahead=False, meminit=False)
    except lmdb.Error as error:
        raise MissingData(f"lsun-bedroom: {path} is not a whole database ({error}); get it again") from None


@hookimpl
def benchbench_tasks() -> Iterable[type[Task]]:
    """Register the task."""
    return (LsunBedroom,)
