"""`horse2zebra`, `apple2orange`, `summer2winter`, `monet2photo`: the unpaired sets of CycleGAN (Zhu et al., 2017)."""

from __future__ import annotations

from collections.abc import Iterable

from benchbench.core import Protocol, Task
from benchbench.hookspecs import hookimpl
from benchbench.tasks._unpaired import CHOICES, Unpaired, published

IMAGENET = "images of ImageNet, whose owners have the rights; no licence is stated"
FLICKR = "images of Flickr, whose owners have the rights; no licence is stated"
NUMBER_CHOICE = "One sample of each condition is scored, for the paper's translators give one: all test images of A."


class Published(Unpaired):
    """A set of the paper: each test image of A is translated once."""

    choices = (*CHOICES, NUMBER_CHOICE)


class HorseToZebra(Published):
    """Horses to zebras, 256 px: 1067 and 1334 training images, 120 and 140 for the test."""

    name = "horse2zebra"
    version = 1
    summary = "horses to zebras without pairs, 256 px (bring the data)"
    source = published("horse2zebra", IMAGENET)
    protocol = Protocol().resized(120, 1)


class AppleToOrange(Published):
    """Apples to oranges, 256 px: 995 and 1019 training images, 266 and 248 for the test."""

    name = "apple2orange"
    version = 1
    summary = "apples to oranges without pairs, 256 px (bring the data)"
    source = published("apple2orange", IMAGENET)
    protocol = Protocol().resized(266, 1)


class SummerToWinter(Published):
    """Yosemite in summer to Yosemite in winter, 256 px: 309 and 238 images for the test."""

    name = "summer2winter"
    version = 1
    summary = "Yosemite in summer to winter without pairs, 256 px (bring the data)"
    source = published("summer2winter_yosemite", FLICKR)
    protocol = Protocol().resized(309, 1)


class MonetToPhoto(Published):
    """Paintings of Monet to photographs of landscapes, 256 px: 121 and 751 images for the test."""

    name = "monet2photo"
    version = 1
    summary = "Monet's paintings to photographs without pairs, 256 px (bring the data)"
    source = published("monet2photo", FLICKR)
    protocol = Protocol().resized(121, 1)


@hookimpl
def benchbench_tasks() -> Iterable[type[Task]]:
    """Register the tasks."""
    return (HorseToZebra, AppleToOrange, SummerToWinter, MonetToPhoto)
