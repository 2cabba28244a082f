"""`sr-celeba`, `inpaint-celeba`, `celeba`: the aligned faces of CelebA (Liu et al., ICCV 2015).

Super-resolution and inpainting as in Lee et al., ICLR 2019 (MR-GAN), and faces without a condition; the user brings
the data.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from benchbench.core import Example, InpaintingTask, MissingData, SampleSpace, SuperResolutionTask, Task
from benchbench.data import Item, PreparedTask, Reader, Row, Source
from benchbench.data.files import planes
from benchbench.data.source import either
from benchbench.data.task import Split, by_hash
from benchbench.hookspecs import hookimpl
from benchbench.system.regular import read_regular
from benchbench.tasks._holes import draw_hole, punched
from benchbench.tasks._metrics import RESTORATION
from benchbench.tasks._unconditional import UnconditionalImages

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image
    from torch import Tensor

SIZE = (178, 218)
"""Width and height of the aligned images."""
CROP = (0, 20, 178, 198)
"""Left, top, right, bottom: their centre square, rows 20 to 197."""
IMAGES = "img_align_celeba|Img/img_align_celeba"
INNER = "img_align_celeba"
"""Kaggle's copy, and an archive unpacked into a folder of its name, have the folder twice."""
PARTITION = "list_eval_partition.txt|Eval/list_eval_partition.txt|list_eval_partition.csv"
"""Kaggle's copy has it as CSV: `image_id,partition`, then `000001.jpg,0` …"""
SPLITS: Mapping[str, Split] = {"0": "train", "1": "validation", "2": "test"}
LINE = re.compile(r"\s*(\d{6})\.jpg(?:\s+|\s*,\s*)([012])\s*", re.ASCII)
HEADER = re.compile(r"\ufeff?\s*image_id\s*,\s*partition\s*")
HOMEPAGE = "https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html"

SMALL = 16
"""The side of the input of `sr-celeba`."""
BOX, LEAST = 64, 48
"""Of the hole of `inpaint-celeba`."""
FILL = (130, 108, 96)
"""What MR-GAN fills the hole with, the mean colour of its training images."""

TRAIN = "names:f81fdf1cfdfd9adc8e96d0e68ce514ac9b973cf067e0cb87eb0ae8b758c76ec6"
VALIDATION = "names:0282964f3c81d4be2e5948bf2603a1b56de0a50f28ca842a5fe469f973e56ee0"
TEST_300 = "names:42ce79e0754247b7f9faf541a29596357fcbfd470ec8b29999337020e711a1f1"
TEST_6000 = "names:92da841248a8e26edb60d4fe70fb4e64ebdd716e4c4d09198111bc3db2032f5a"

PERSONS_CHOICE = (
    "Several images may be of one person: the published partition does not say which, so"
    " uncertainties are taken over images."
)
MRGAN_CHOICE = (
    "MR-GAN draws its split at random, without a seed: here the official partition splits, and the 300 test images are"
    " those of its 19,962 whose numbers, six digits, have the least SHA-256."
)


class AlignedFaces(PreparedTask):
    """What the tasks share: the centre square of an aligned image, scaled by Pillow's bilinear filter (antialiased).

    An id is the image's number, six digits. Rows of train and validation stand as in the official partition, those of
    the test by the SHA-256 of their ids.
    """

    source = Source(
        "celeba",
        HOMEPAGE,
        "CelebA: non-commercial research, not to be passed on",
        layout=(IMAGES, PARTITION),
        by_hand=f"CelebA's licence asks you to get it yourself, from the links on {HOMEPAGE}: img_align_celeba.zip"
        " (aligned and cropped images) and list_eval_partition.txt (the evaluation partition); Kaggle's archive.zip is"
        " read too.",
    )

    def items(self, folder: Path) -> Mapping[str, Sequence[Item]]:
        """Return the splits of the official partition; raise `MissingData` where a line of it is wrong."""
        images, partition = either(folder, IMAGES), folder / either(folder, PARTITION)
        if (folder / images / INNER).is_dir():
            images = f"{images}/{INNER}"
        found: dict[str, list[Item]] = {split: [] for split in ("test", "validation", "train")}
        for number, line in enumerate(read_regular(partition).decode(errors="replace").splitlines(), 1):
            if not line.strip() or (number == 1 and HEADER.fullmatch(line)):
                continue
            parts = LINE.fullmatch(line)
            if parts is None:
                raise MissingData(
                    f"{self.name}: line {number} of {partition} is not `NUMBER.jpg 0|1|2`: {line[:60]!r}; get it"
                    f" again, see {HOMEPAGE}"
                )
            found[SPLITS[parts[2]]].append(Item(parts[1], (f"{images}/{parts[1]}.jpg",)))
        return {**found, "test": sorted(found["test"], key=lambda item: by_hash(item.id))}

    def decode(self, read: Reader, item: Item) -> Mapping[str, np.ndarray]:
        """Return the face, `uint8[*space.shape]`."""
        return {"image": planes(self.face(read, item))}

    def face(self, read: Reader, item: Item) -> Image:
        """Return the face as a picture."""
        from PIL import Image

        square = read.image(item.files[0], size=SIZE).crop(CROP)
        return square.resize(self.space.shape[1:], Image.Resampling.BILINEAR)


class SrCeleba(AlignedFaces, SuperResolutionTask):
    """Faces of 64 px; the input is their bilinear quarter size, 16 px (Lee et al., ICLR 2019).

    Train and validation are those of the official partition, the test is 300 of its test images.
    """

    name = "sr-celeba"
    version = 1
    summary = "16 to 64 px super-resolution of CelebA faces (bring the data)"
    space = SampleSpace("images", (3, 64, 64))
    metrics = RESTORATION
    arrays: ClassVar[Mapping[str, tuple[int, ...]]] = {"image": space.shape, "small": (3, SMALL, SMALL)}
    official: ClassVar[Mapping[str, str]] = {"train": TRAIN, "validation": VALIDATION, "test": TEST_300}
    choices = (
        MRGAN_CHOICE,
        PERSONS_CHOICE,
        "The input is made of the 64 px image after its rounding to whole grey levels, by Pillow; `consistency` makes"
        " samples smaller by torch's antialiased bilinear filter, which is the same but for rounding.",
    )

    def decode(self, read: Reader, item: Item) -> Mapping[str, np.ndarray]:
        """Return the face and its quarter size."""
        from PIL import Image

        face = self.face(read, item)
        return {"image": planes(face), "small": planes(face.resize((SMALL, SMALL), Image.Resampling.BILINEAR))}

    def example(self, row: Row) -> Example:
        """Return the example of the face and its quarter size."""
        return Example(row.id, {"image": row.arrays["small"]}, row.arrays["image"][None])

    def downsample(self, images: Tensor) -> Tensor:
        """Return the bilinear, antialiased quarter size, `float32[N, 3, 16, 16]` in 0..255."""
        import torch

        return torch.nn.functional.interpolate(images.float(), size=(SMALL, SMALL), mode="bilinear", antialias=True)


class InpaintCeleba(AlignedFaces, InpaintingTask):
    """Faces of 128 px with a hole, filled with the mean colour (130, 108, 96) (Lee et al., ICLR 2019).

    A 64 px box lies uniformly in the image, the hole uniformly in the box; its height and width are independent uniform
    integers from 48 to 64. Each image has its one hole. Splits as for `sr-celeba`.
    """

    name = "inpaint-celeba"
    version = 1
    summary = "a hole of 48 to 64 px in CelebA faces of 128 px (bring the data)"
    space = SampleSpace("images", (3, 128, 128))
    largest_hole = BOX
    metrics = RESTORATION
    arrays: ClassVar[Mapping[str, tuple[int, ...]]] = {"image": space.shape}
    official: ClassVar[Mapping[str, str]] = {"train": TRAIN, "validation": VALIDATION, "test": TEST_300}
    choices = (
        MRGAN_CHOICE,
        PERSONS_CHOICE,
        "Each image has one hole, drawn once and for all, those for training too.",
        "The box around the hole, which GLCIC's discriminator looks at, is no part of the condition.",
    )

    def example(self, row: Row) -> Example:
        """Return the example of the face and the face with its hole."""
        image = row.arrays["image"]
        hole = draw_hole(self.space.shape[1], BOX, LEAST, self.name, self.version, row.split, row.id)
        return Example(row.id, punched(image, hole, FILL), image[None])

    def target(self, row: Row) -> Tensor:
        """Return the whole face."""
        return row.arrays["image"]


class Celeba(AlignedFaces, UnconditionalImages):
    """Faces of 64 px without a condition; 20 of 6000 official test images are beside each of the 300 conditions."""

    name = "celeba"
    version = 1
    summary = "CelebA faces of 64 px, unconditional (bring the data)"
    space = SampleSpace("images", (3, 64, 64))
    arrays: ClassVar[Mapping[str, tuple[int, ...]]] = {"image": space.shape}
    rows: ClassVar[Mapping[str, int]] = {"test": 6000}
    official: ClassVar[Mapping[str, str]] = {"train": TRAIN, "validation": VALIDATION, "test": TEST_6000}
    choices = (
        "Papers crop CelebA's images in different ways, or do not say how: here it is the centre square of 178 px,"
        " as in `sr-celeba`.",
        "Which images papers train on is often not said: here it is the official training images, and the 6000 held-out"
        " ones are those of the 19,962 official test images whose numbers have the least SHA-256.",
        PERSONS_CHOICE,
    )


@hookimpl
def benchbench_tasks() -> Iterable[type[Task]]:
    """Register the tasks."""
    return (SrCeleba, InpaintCeleba, Celeba)
