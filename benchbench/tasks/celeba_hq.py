"""`celeba-hq`: the 30,000 faces of CelebA-HQ (Karras et al., ICLR 2018) at 256 px; the user brings the data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from benchbench.core import SampleSpace, Task
from benchbench.data import Item, Reader, Source
from benchbench.data.files import planes
from benchbench.data.source import either
from benchbench.data.task import by_hash
from benchbench.hookspecs import hookimpl
from benchbench.tasks._unconditional import CONDITIONS, UnconditionalImages

if TYPE_CHECKING:
    import numpy as np

SIDE = 256
NUMBER = 30_000
HELD_OUT = 1000
SPARE = 20
"""Held-out images that stand by for those of the test that cannot be used."""


@dataclass(frozen=True)
class Packaging:
    """A folder of images as it is distributed."""

    side: int
    """The side of its images, in pixels."""
    name: str
    """Of an image, with a place for its number."""
    first: int = 0
    """The number of its first image."""


PACKAGINGS = {
    "celeba_hq_256": Packaging(SIDE, "{:05d}.jpg"),
    "data256x256": Packaging(SIDE, "{:05d}.jpg", first=1),
    "CelebA-HQ-img": Packaging(1024, "{}.jpg"),
}
"""By the folder's name; the last one is CelebAMask-HQ's."""
FOLDER = "|".join(PACKAGINGS)


class CelebaHq(UnconditionalImages):
    """Faces of 256 px without a condition; 3 of 900 held-out images are beside each of the 300 conditions.

    29,000 images for training and 1000 held out, those whose numbers have the least SHA-256: the first 900 of them are
    the test, the next 20 stand by for it, the last 80 are validation. Images of 1024 px are made smaller by the mean of
    4 x 4 pixels. An id is the image's place in the published list of the data set, five digits from 00000.
    """

    name = "celeba-hq"
    version = 1
    summary = "CelebA-HQ faces of 256 px, unconditional (bring the data)"
    space = SampleSpace("images", (3, SIDE, SIDE))
    references = 3
    arrays: ClassVar[Mapping[str, tuple[int, ...]]] = {"image": space.shape}
    rows: ClassVar[Mapping[str, int]] = {"test": CONDITIONS * 3}
    pool_size = 3000
    official: ClassVar[Mapping[str, str]] = {
        "train": "names:1f6585e81d58d44405020b6f32edd4d2f7e5fb61c97fecfaa18ec4cf64046cfa",
        "validation": "names:e8573adb38ec4b7c2878c3cdc2130ee7be952f4f100c59c12285ae3d8d6b3531",
        "test": "names:1ece13c507673a21fb5a23b24c5af61022cb1d19b8b0f76fa38c5dbf8c5ee3cf",
    }
    source = Source(
        "celeba-hq",
        "https://github.com/tkarras/progressive_growing_of_gans",
        "CelebA and CelebAMask-HQ: non-commercial research, not to be passed on",
        layout=(FOLDER,),
        by_hand="CelebA's licence asks you to get it yourself: the images of 1024 px are in CelebAMask-HQ.zip, by the"
        " links on https://github.com/switchablenorms/CelebAMask-HQ; its folder CelebA-HQ-img is enough.",
    )
    choices = (
        "IntroVAE trains on 29,000 images, the first ones in the order in which the file system lists them: which 1000"
        " it leaves out is not known; here they are chosen by SHA-256.",
        "The data set is published as differences from CelebA's original files, of 1024 px; what is distributed at"
        " 256 px was scaled and stored as JPEG by others, by filters that are not stated. Each packaging is taken as it"
        " is: the images of the test are the same, their pixels are not, and their rows stand apart.",
        "Images of 1024 px become 256 px by the mean of 4 x 4 pixels, as the authors' own tool makes smaller copies.",
        "`celeba_hq_256` and `CelebA-HQ-img` count from 0, `data256x256` from 1; all are taken to be in the order of"
        " the published list.",
        "1000 held-out images are 3 for each of the 300 conditions.",
    )

    def items(self, folder: Path) -> Mapping[str, Sequence[Item]]:
        """Return the splits, which are the same for each packaging."""
        own = either(folder, FOLDER)
        packaging = PACKAGINGS[own]
        items = [Item(f"{i:05d}", (f"{own}/{packaging.name.format(packaging.first + i)}",)) for i in range(NUMBER)]
        ranked = sorted(items, key=lambda item: by_hash(item.id))
        end = self.rows["test"] + SPARE
        return {
            "test": ranked[:end],
            "validation": ranked[end:HELD_OUT],
            "train": sorted(ranked[HELD_OUT:], key=lambda item: item.id),
        }

    def decode(self, read: Reader, item: Item) -> Mapping[str, np.ndarray]:
        """Return the image at 256 px."""
        from PIL import Image

        file = item.files[0]
        side = PACKAGINGS[file.split("/")[0]].side
        image = read.image(file, size=(side, side))
        return {"image": planes(image.resize((SIDE, SIDE), Image.Resampling.BOX))}


@hookimpl
def benchbench_tasks() -> Iterable[type[Task]]:
    """Register the task."""
    return (CelebaHq,)
