"""`sr-hands`: 16 to 64 px super-resolution of the Sign Language Digits photographs (Mavi, arXiv:2011.08927)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchbench.core import Example, SampleSpace, SuperResolutionTask, Task
from benchbench.data import Download, Item, PreparedTask, Reader, Row, Source
from benchbench.data.files import planes
from benchbench.data.task import by_hash
from benchbench.hookspecs import hookimpl
from benchbench.tasks._metrics import RESTORATION

if TYPE_CHECKING:
    import numpy as np

SIDE = 64
ORIGINAL = 100
CLASSES = 10
STUDENTS = {"test": 32, "validation": 10}
"""How many students are held out; 32 have 370 photographs, of which 300 are the test."""
WHOLE = 8
"""The number of consecutive photographs of rising digits that certainly show one student."""
NAME = re.compile(r"IMG_(\d+)\.JPG")


class SrHands(PreparedTask, SuperResolutionTask):
    """Photographs of hands of 218 students, 100 px, scaled to 64 px (Lanczos); the input is the 4 x 4 area mean.

    The students are the groups: each is in one split alone, and uncertainties are taken over students.
    """

    name = "sr-hands"
    version = 1
    summary = "16 to 64 px super-resolution of photographs of hands (Sign Language Digits)"
    space = SampleSpace("images", (3, SIDE, SIDE))
    metrics = RESTORATION
    source = Source(
        "Sign-Language-Digits-Dataset",
        "https://github.com/ardamavi/Sign-Language-Digits-Dataset",
        "Apache-2.0",
        layout=tuple(f"Dataset/{digit}" for digit in range(CLASSES)),
        downloads=(
            Download(
                "https://github.com/ardamavi/Sign-Language-Digits-Dataset/archive/"
                "6711bb1674ad5f9e17dfcc3b55a5b44afeae325a.tar.gz"
            ),
        ),
        keep="Dataset",
    )
    arrays = {"image": (3, SIDE, SIDE)}  # noqa: RUF012
    official = {  # noqa: RUF012
        "train": "content:6af577389fef6bd1e3f27596f41cd5f07af462de7d2297b8ffc2eb6f01b83b1a",
        "validation": "content:bd9d4af4d881f363771c39768329294be8bd1331e4f480acff24fc41a961d957",
        "test": "content:f1acc15aef928dcf54aea3ca718d87c6524cf65e7828821fb65ef5b245f02c3c",
    }
    choices = (
        "The data set has no split and names no student: they are found by the camera's numbers, since the digits start"
        " again with each; the 32 whose first photographs have the least SHA-256 are the test's, the next 10"
        " validation's.",
        "The pinned archive could not be fetched where this task was written: the files used are in upstream's layout"
        " but from another copy, and their hashes are the official ones.",
    )

    def items(self, folder: Path) -> Mapping[str, Sequence[Item]]:
        """Return the photographs in the camera's order, those of the test by hash."""
        students = sorted(students_of(folder), key=lambda items: by_hash(items[0].id))
        cut, end = STUDENTS["test"], STUDENTS["test"] + STUDENTS["validation"]
        parts = {"test": students[:cut], "validation": students[cut:end], "train": students[end:]}
        split = {name: [item for items in own for item in items] for name, own in parts.items()}
        by_id = {name: sorted(items, key=lambda item: item.id) for name, items in split.items()}
        return {**by_id, "test": sorted(split["test"], key=lambda item: by_hash(item.id))}

    def decode(self, read: Reader, item: Item) -> Mapping[str, np.ndarray]:
        """Return the photograph at 64 px."""
        from PIL import Image

        image = read.image(item.files[0], size=(ORIGINAL, ORIGINAL))
        return {"image": planes(image.resize((SIDE, SIDE), Image.Resampling.LANCZOS))}

    def example(self, row: Row) -> Example:
        """Return the example of the photograph and its area mean, rounded."""
        image = row.arrays["image"]
        small = self.downsample(image[None])[0].round().byte()
        return Example(row.id, {"image": small}, image[None], row.group)


def students_of(folder: Path) -> list[list[Item]]:
    """Return the photographs of each student, in the order in which they were taken.

    A student shows the digits from 0 to 9, sometimes one twice. So the next student begins where the digit
    falls. A run of fewer than `WHOLE` is somebody's photographs out of order, and is joined with both of its
    neighbours: a group may then be of two or three students, but none is in two groups.
    """
    files = sorted(
        (int(found[1]), digit, f"Dataset/{digit}/{path.name}")
        for digit in range(CLASSES)
        for path in (folder / "Dataset" / str(digit)).iterdir()
        if (found := NAME.fullmatch(path.name))
    )
    runs: list[list[tuple[int, int, str]]] = []
    for each in files:
        if not runs or each[1] < runs[-1][-1][1]:
            runs.append([])
        runs[-1].append(each)
    students: list[list[Any]] = []
    for before, run in zip([[], *runs], runs, strict=False):
        if not students or len(run) >= WHOLE <= len(before):
            students.append([])
        students[-1] += run
    return [
        [Item(f"{number:04d}", (file,), f"student-{own[0][0]:04d}", digit) for number, digit, file in own]
        for own in students
    ]


@hookimpl
def benchbench_tasks() -> Iterable[type[Task]]:
    """Register the task."""
    return (SrHands,)
