"""`cityscapes`, `maps`, `facades`, `edges2shoes`, `edges2handbags`, `night2day`: the paired sets of pix2pix.

Isola et al., CVPR 2017, published them as NAME.tar.gz with `NAME/SPLIT/*.jpg`: each JPEG holds two pictures side by
side, A on the left and B on the right. Which half is the condition is read from the authors' training and test scripts
(github.com/phillipi/pix2pix, junyanz/BicycleGAN, soochan-lee/MR-GAN).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, ClassVar

from benchbench.core import Example, Protocol, Task
from benchbench.core.noise import stream
from benchbench.data import Item, Reader, Row, Source
from benchbench.data.files import planes
from benchbench.hookspecs import hookimpl
from benchbench.system.images import oriented
from benchbench.tasks._packed_pairs import SIDE, PackedPairs, published

if TYPE_CHECKING:
    import numpy as np

TEST_CHOICE = (
    "The test pictures are the 300 whose names have the least SHA-256: which ones the papers drew is not published."
)
VALIDATION_CHOICE = (
    "Validation is what the test leaves of the held-out folder (by hash, at most 500), so that all published training"
    " pairs are used for training; the papers validate on the held-out folder itself."
)
HELD_BACK_CHOICE = (
    "The held-out folder is all test; validation is the 500 training pairs (a tenth, if that is less) whose names have"
    " the least SHA-256."
)
CHECKSUM_CHOICE = "No SHA-256 of the archive is published: names and sizes are checked, not bytes."


class Cityscapes(PackedPairs):
    """Street scenes of Cityscapes from their label maps, 256 px: photo on the left, coloured labels on the right.

    All 2975 training pairs, as they are and mirrored (Lee et al., ICLR 2019); tested on 300 of the 500 held-out ones.
    Both packagings are read: pix2pix's own (`val/1.jpg` …) and what its authors' script makes of the original data
    (`test/0.jpg` …). The two are numbered and resized differently: their rows stand apart.
    """

    name = "cityscapes"
    summary = "label maps to photos of street scenes, Cityscapes at 256 px (bring the data)"
    source = Source(
        "cityscapes",
        "https://www.cityscapes-dataset.com",
        "Cityscapes: non-commercial, not to be passed on, neither as it is nor modified",
        ("train",),
        by_hand="Cityscapes asks you to register at https://www.cityscapes-dataset.com: get gtFine_trainvaltest.zip and"
        " leftImg8bit_trainvaltest.zip there, and pack them into pairs with datasets/prepare_cityscapes_dataset.py of"
        " https://github.com/junyanz/pytorch-CycleGAN-and-pix2pix (pix2pix's own cityscapes.tar.gz will do as well).",
        named=True,
    )
    condition_is_left = False
    held_out = ("val", "test")
    variants: ClassVar[Mapping[str, int]] = {"train": 2}
    official: ClassVar[Mapping[str, str]] = {
        "train": "names:037a478277307cbb40039dc1daec476d5371da23f83072d5d44d480d48f19d3e"
        "|6651562eeb7813345f3d25679f302052574966065ed76621d6e4a4f90b002d3c",
        "validation": "names:2d3a513736d0245e9ad1c79b94291c4a7f83a691d547628389d6efdda295fa6e"
        "|86f18cbede6de7a85da71d0ad370cd41863f4d60adf42af5f96f82ea0b56fb26",
        "test": "names:f3f91da94993e99f9418d1ac896922c603b689c3d579ce5cf224a44b10a1370a"
        "|094c304d083aa492c7431af5990658af17f0b6d713701809eeac9d24001f727a",
    }
    choices = (
        TEST_CHOICE,
        VALIDATION_CHOICE,
        "MR-GAN's instructions name the original Cityscapes, but its script halves packed pairs: the pix2pix packaging"
        " is taken.",
        "An earlier version of MR-GAN's instructions also turns the training pairs by quarters; the last one only"
        " mirrors them, and so does this task.",
        "MR-GAN stores the mirrored pairs as JPEG again; here they are mirrored after decoding.",
        "Its authors no longer offer pix2pix's archive, for the licence's sake; their script scales by the default"
        " filter of the Pillow in use, and numbers from 0: no published scores are of exactly its pictures.",
    )

    def example(self, row: Row) -> Example:
        """Return the pair; every second one of train is mirrored."""
        mirrored = row.variant == 1
        condition, target = (oriented(row.arrays[name], 0, mirrored) for name in ("condition", "target"))
        id = f"{row.id}-{row.variant}" if row.split == "train" else row.id
        return Example(id, {"image": condition}, target[None])


class Maps(PackedPairs):
    """Aerial photos from Google's maps: aerial on the left, map on the right, 600 px scaled to 512, of which 256 px.

    Both halves are scaled by Pillow's bilinear filter (antialiased) before any crop. Each of the 1096 training pairs
    gives eight examples, four quarter turns as it is and mirrored, each of its own 256 px crop; tested on the top left
    256 px of 300 of the 1098 held-out pairs (Lee et al., ICLR 2019).
    """

    name = "maps"
    summary = "maps to aerial photos, 256 px crops (Google Maps, by pix2pix)"
    source = published(
        "maps",
        "https://github.com/phillipi/pix2pix#datasets",
        "images of Google Maps, scraped by the authors of pix2pix; no licence is stated",
        ("train", "val"),
    )
    arrays: ClassVar[Mapping[str, tuple[int, ...]]] = {"condition": (3, 512, 512), "target": (3, 512, 512)}
    condition_is_left = False
    packed = 600
    scaled: ClassVar[int] = 512
    variants: ClassVar[Mapping[str, int]] = {"train": 8}
    official: ClassVar[Mapping[str, str]] = {
        "train": "names:a813663069022d4928c4bda10786e1ec12bc614a1b2d36e7d2ef736579f0a383",
        "validation": "names:92deef0388e2cdcc7e05737d2799a06ff6fae0dc3fdaa9b1e1d2a1487765af56",
        "test": "names:362a25b6318895552e412fbfec9f75be9473c3c87c9cf6d542786b8b1b7a896b",
    }
    choices = (
        TEST_CHOICE,
        VALIDATION_CHOICE,
        "MR-GAN scales to 512 px and crops 256 px; BicycleGAN trains on 256 px crops of the full 600 px and tests on"
        " whole pictures scaled to 512 px (bicubic): MR-GAN's way is taken.",
        "Test and validation are the top left 256 px, as in MR-GAN.",
        "MR-GAN draws a new crop at each epoch; here each of the eight variants of a training pair has one crop, drawn"
        " once and for all, anywhere inside.",
        "MR-GAN stores the scaled and turned pairs as JPEG again; here they are turned after decoding.",
        "The real pool is the first variant of each training pair: one crop of each.",
        CHECKSUM_CHOICE,
    )

    def decode(self, read: Reader, item: Item) -> Mapping[str, np.ndarray]:
        """Return both halves at 512 px."""
        from PIL import Image

        found = super().decode(read, item)
        images = {name: Image.fromarray(half.transpose(1, 2, 0)) for name, half in found.items()}
        size = (self.scaled, self.scaled)
        return {name: planes(image.resize(size, Image.Resampling.BILINEAR)) for name, image in images.items()}

    def example(self, row: Row) -> Example:
        """Return a crop: the top left one, or a training variant's own, mirrored and turned."""
        top, left, id = 0, 0, row.id
        if row.split == "train":
            draw = stream(self.name, self.version, "crop", row.id, row.variant)
            top, left = (int(each) for each in draw.integers(0, self.scaled - SIDE + 1, size=2))
            id = f"{row.id}-{row.variant}"
        condition, target = (
            oriented(row.arrays[name][:, top : top + SIDE, left : left + SIDE], row.variant % 4, row.variant >= 4)
            for name in ("condition", "target")
        )
        return Example(id, {"image": condition}, target[None])


class Facades(PackedPairs):
    """Facades of the CMP database from their label maps, 256 px: photo on the left, labels on the right.

    400 pairs for training, 100 for validation and 106 for the test, the published splits as they are.
    """

    name = "facades"
    summary = "label maps to photos of facades, CMP Facades at 256 px"
    source = published(
        "facades",
        "https://cmp.felk.cvut.cz/~tylecr1/facade",
        "CMP Facade Database; its terms are on its page, the archive states none",
        ("train", "val", "test"),
    )
    protocol = Protocol().resized(106, 20)
    rows: ClassVar[Mapping[str, int]] = {}
    condition_is_left = False
    held_out = ("test",)
    own_validation = "val"
    official: ClassVar[Mapping[str, str]] = {
        "train": "names:2160e7120be28e641ce892d1f65726955a7b4a16287977dc1aca6231a2d4e6fd",
        "validation": "names:27cd7c097dd0ff05ee5d1bbcacb1e61cccc8d61c2727f7da388c1413016381d0",
        "test": "names:56d7d740b6f2fa8ec9f46d773060e3a7d03424dcba0399dab3da4ee7d534820d",
    }
    choices = (
        "The test is all 106 published pictures: fewer than the 300 conditions of the protocol.",
        "pix2pix and BicycleGAN draw crops of 256 px from pairs scaled to 286 px, and mirror, while they train; here"
        " the training pairs are as published, and that is left to the method.",
        CHECKSUM_CHOICE,
    )


EDGES = (
    HELD_BACK_CHOICE,
    "The test is the 200 published pictures: fewer than the 300 conditions of the protocol.",
    "The edges are the luma of the left half, black on white as JPEG left them: not made binary, not inverted.",
)


class Edges2Shoes(PackedPairs):
    """Shoes of UT Zappos50K from their edges (HED, thinned), 256 px: edges on the left, photo on the right.

    The edges are one channel, `uint8[1, 256, 256]`. 49,825 published training pairs, of which 500 are for validation;
    tested on the 200 held-out ones.
    """

    name = "edges2shoes"
    summary = "edges to photos of shoes, UT Zappos50K at 256 px"
    source = published(
        "edges2shoes",
        "https://vision.cs.utexas.edu/projects/finegrained/utzap50k",
        "UT Zappos50K, images of Zappos.com; its terms are on its page, the archive states none",
        ("train", "val"),
    )
    protocol = Protocol().resized(200, 20)
    arrays: ClassVar[Mapping[str, tuple[int, ...]]] = {"condition": (1, SIDE, SIDE), "target": (3, SIDE, SIDE)}
    rows: ClassVar[Mapping[str, int]] = {}
    condition_is_left = True
    official: ClassVar[Mapping[str, str]] = {
        "train": "names:19a7db3b4e7e113f2f8bd55e8b5a88e3a3d1edf299643ce6cbe396b1951ec869",
        "validation": "names:61bfa753042668a9daffe27f7f10cdc27da52d25786e49fc59cc486180f26b6c",
        "test": "names:5c6c2ccb1415172def89411e169b0d7b5daf45fd03ed17a1cac64385d71403d3",
    }
    choices = (*EDGES, CHECKSUM_CHOICE)


class Edges2Handbags(PackedPairs):
    """Handbags of Amazon from their edges (HED, thinned), 256 px: edges on the left, photo on the right.

    The edges are one channel, `uint8[1, 256, 256]`. About 137,000 published training pairs, of which 500 are for
    validation; tested on the held-out ones.
    """

    name = "edges2handbags"
    summary = "edges to photos of handbags, Amazon images of iGAN at 256 px"
    source = published(
        "edges2handbags",
        "https://github.com/junyanz/iGAN",
        "images of Amazon, collected by the authors of iGAN; no licence is stated",
        ("train", "val"),
    )
    protocol = Protocol().resized(200, 20)
    arrays: ClassVar[Mapping[str, tuple[int, ...]]] = {"condition": (1, SIDE, SIDE), "target": (3, SIDE, SIDE)}
    rows: ClassVar[Mapping[str, int]] = {}
    condition_is_left = True
    choices = (
        *EDGES,
        "That there are 200 is not verified, nor is how many training pairs there are: what is found is taken, and no"
        " official list is known.",
        CHECKSUM_CHOICE,
    )


class Night2Day(PackedPairs):
    """Outdoor webcams at night and by day, 256 px: night on the left, day on the right; a webcam is a group.

    17,823 pairs for training, 10 for validation and 2287 held out, of which 300 are the test (Laffont et al.,
    Transient Attributes, 2014; Zhu et al., 2017).
    """

    name = "night2day"
    summary = "night to day of outdoor webcams, 256 px (Transient Attributes, by pix2pix)"
    source = published(
        "night2day",
        "http://transattr.cs.brown.edu",
        "images of webcams of the Transient Attributes database; its terms are on its page, the archive states none",
        ("train", "val", "test"),
    )
    condition_is_left = True
    held_out = ("test",)
    own_validation = "val"
    choices = (
        TEST_CHOICE,
        "Files are called WEBCAM_FRAME_to_FRAME: the number before the first underscore is taken for the webcam, and"
        " uncertainties are over webcams; a name without an underscore is a group of its own.",
        "That the left half is the night follows from BicycleGAN's test script (AtoB, night to day); the names do not"
        " say so.",
        "The published validation split has 10 pictures only; it is kept as it is.",
        "Whether the webcams of the test are also in train is not published, and not changed here.",
        CHECKSUM_CHOICE,
    )

    def group_of(self, name: str) -> str:
        """Return the webcam."""
        return name.split("_")[0]


@hookimpl
def benchbench_tasks() -> Iterable[type[Task]]:
    """Register the tasks."""
    return (Cityscapes, Maps, Facades, Edges2Shoes, Edges2Handbags, Night2Day)
