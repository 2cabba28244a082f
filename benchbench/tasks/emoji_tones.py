"""`emoji-tones`: line art to an emoji in one of six skin tones, 64 px (Noto Emoji): real images with known modes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchbench.core import Example, MissingData, ModeTask, Protocol, SampleSpace, Task
from benchbench.data import BadFile, Download, Item, PreparedTask, Reader, Row, Source, cache
from benchbench.data.files import planes
from benchbench.data.task import by_hash
from benchbench.hookspecs import hookimpl
from benchbench.tasks._metrics import KNOWN_LAW

if TYPE_CHECKING:
    from torch import Tensor

SIDE = 64
ORIGINAL = 128
TONES = ("1f3fb", "1f3fc", "1f3fd", "1f3fe", "1f3ff")
"""Unicode's skin tone modifiers, the lightest first; without one an emoji is yellow."""
MODES = 1 + len(TONES)
SEXES = ("1f468", "1f469", "1f9d1")
"""Man, woman, person: three of one pose."""
ENDINGS = ("2640", "2642", "27a1")
"""Woman, man, and facing right, where they are joined to a pose."""
JOINER = "200d"
FAMILIES = (
    ("1f385", "1f936", "person_200d_1f384"),
    ("1f446", "1f447", "1f448", "1f449"),
    ("1f44d", "1f44e"),
    ("1f466", "1f467", "1f9d2"),
    ("1f46b", "1f46c", "1f46d"),
    ("1f474", "1f475", "1f9d3"),
    ("1f483", "1f57a"),
    ("1f91b", "1f91c"),
    ("1f930", "1fac3", "1fac4"),
    ("1f934", "1f478", "1fac5"),
    ("1faf1", "1faf2"),
    ("1faf3", "1faf4"),
    ("1faf7", "1faf8"),
)
"""Emoji whose Unicode names differ by sex or direction alone, though their codes do not show it: each is one pose."""
NUMBER = 100
"""Test conditions; there are 319 emoji in all."""
SPARE = 5
VALIDATION_POSES = 10
SIGMA, LOW, HIGH = 1.0, 0.05, 0.1
"""Canny's smoothing in pixels, and its thresholds of the luma in [0, 1]."""
SKIN = 16
"""Grey levels: a pixel is of skin (or of hair that goes with it) where its six values differ by more in a channel."""
LEAST_SKIN = 40
"""Pixels, 1 % of the picture."""


class EmojiTones(PreparedTask, ModeTask):
    """Emoji of people and hands on white, each in yellow and in five skin tones, which are the six modes.

    The condition is made of all six alike: the edges of their mean luma, black on white. It shows neither the tone nor
    the colours of clothes. Emoji of one pose (man, woman and person; facing left, right, up and down) are a group and
    in one split.
    """

    name = "emoji-tones"
    version = 1
    summary = "line art to an emoji in one of six skin tones, 64 px (Noto Emoji); the modes are known"
    kind = "translation"
    space = SampleSpace("images", (3, SIDE, SIDE))
    protocol = Protocol().resized(NUMBER, 20)
    num_modes = MODES
    metrics = tuple(each for each in KNOWN_LAW if each != "consistency")
    source = Source(
        "noto-emoji",
        "https://github.com/googlefonts/noto-emoji",
        "Apache-2.0",
        layout=("png/128/emoji_u1f44b.png",),
        downloads=(
            Download(
                "https://github.com/googlefonts/noto-emoji/archive/22e564626297b4df0a40570ad81d6c05cc7c38bd.tar.gz"
            ),
        ),
        keep="png/128",
    )
    arrays = {"line": (1, SIDE, SIDE), "tones": (MODES, 3, SIDE, SIDE)}  # noqa: RUF012
    rows = {"test": NUMBER}  # noqa: RUF012
    variants = {"train": MODES, "validation": MODES}  # noqa: RUF012
    official = {  # noqa: RUF012
        "train": "content:103578537720d702352a7e9c07d15b55a9c60d7d3e9b18984771429595054d97",
        "validation": "content:570f066ec1b0ada8770e0e9a3088bbc61d67abaabdb5ae4f068de2e510f27617",
        "test": "content:247e129154b864151353fcf16b3c4421ba6a04c8395c58e14a780485a8a5313a",
    }
    choices = (
        "There are 319 emoji in six tones, so the test has 100 conditions, not 300; poses are drawn by their SHA-256.",
        "Edges are scikit-image's Canny (sigma 1, thresholds 0.05 and 0.1) of the mean luma of the six at 64 px.",
        "The six tones are taken to be equally likely, and all else of an emoji to be known, though line art does not"
        " show the colour of clothes: the mode of a sample goes by its skin alone.",
        "The pinned archive (Unicode 16) could not be fetched where this task was written: the files used are in"
        " upstream's layout but from another copy, and their hashes are the official ones.",
    )

    def items(self, folder: Path) -> Mapping[str, Sequence[Item]]:
        """Return the emoji that are there in all six tones; the poses of the test have the least SHA-256."""
        poses: dict[str, list[Item]] = defaultdict(list)
        for base, files in sorted(_in_six_tones(folder / "png" / "128").items()):
            poses[pose_of(base)].append(Item(base, files, pose_of(base)))
        drawn = [poses[pose] for pose in sorted(poses, key=by_hash)]
        test: list[Item] = []
        while drawn and len(test) < NUMBER + SPARE:
            test += drawn.pop(0)
        validation = [item for items in drawn[:VALIDATION_POSES] for item in items]
        train = sorted((item for items in drawn[VALIDATION_POSES:] for item in items), key=lambda item: item.id)
        if not train:
            raise MissingData(f"emoji-tones: {folder} has too few emoji in six tones to train, validate and test on")
        return {"train": train, "validation": validation, "test": test}

    def decode(self, read: Reader, item: Item) -> Mapping[str, np.ndarray]:
        """Return the six tones, yellow first, then the lightest, and their line art."""
        from PIL import Image

        images = [read.image(file, size=(ORIGINAL, ORIGINAL)) for file in item.files]
        small = [image.resize((SIDE, SIDE), Image.Resampling.LANCZOS) for image in images]
        tones = np.stack([planes(image) for image in small])
        if skin_of(tones).sum() < LEAST_SKIN:
            raise BadFile(f"{item.files[0]}: shows almost no skin, so the six tones are alike")
        luma = np.mean([np.asarray(image.convert("L"), np.float64) for image in small], axis=0)
        return {"line": line_art(luma)[None], "tones": tones}

    def example(self, row: Row) -> Example:
        """Return the six tones of a test emoji, or one of another."""
        tones, condition = row.arrays["tones"], {"image": row.arrays["line"]}
        if row.split == "test":
            return Example(row.id, condition, tones, row.group)
        return Example(f"{row.id}-{row.variant}", condition, tones[row.variant][None], row.group)

    def real_pool(self) -> Tensor:
        """Return all six tones of every training emoji."""
        import torch

        return torch.cat([example.references for example in self.examples("train")])

    def mode_probabilities(self, id: str) -> Tensor:
        """Return the probability 1/6 for each of the six tones."""
        import torch

        return torch.full((MODES,), 1 / MODES, dtype=torch.float64)

    def assign_modes(self, id: str, samples: Tensor) -> Tensor:
        """Return the tone whose mean colour over the skin is the nearest, or -1 if none is near.

        Skin is where the six differ. Near: within a quarter of the smallest distance between two of this emoji's six;
        within half of it the mean of all six would pass for the middle tone.
        """
        import torch

        table = cache.opened(self.name, self.version, self.source).splits["test"]
        six = np.array(table.arrays["tones"][table.ids.index(id)])
        tones, skin = torch.from_numpy(six), torch.from_numpy(skin_of(six))
        known, found = tones.double()[:, :, skin].mean(2), samples.double()[:, :, skin].mean(2)
        distance = torch.cdist(found, known).min(1)
        return distance.indices.where(distance.values < torch.pdist(known).min() / 4, -1)


def pose_of(base: str) -> str:
    """Return the name of an emoji's pose, from its name without the tone: `person_200d_1f373` of `1f469_200d_1f373`.

    A family of `FAMILIES` has the name of its first.
    """
    parts = ["person" if part in SEXES else part for part in base.split("_")]
    while len(parts) > 2 and parts[-2] == JOINER and parts[-1] in ENDINGS:
        parts = parts[:-2]
    pose = "_".join(parts)
    return next((family[0] for family in FAMILIES if pose in family), pose)


def skin_of(tones: np.ndarray) -> np.ndarray:
    """Return `bool[H, W]`: where the six tones `uint8[6, 3, H, W]` differ."""
    return np.asarray((tones.max(0).astype(int) - tones.min(0)).max(0) > SKIN)


def line_art(luma: np.ndarray) -> np.ndarray:
    """Return the edges of `float64[H, W]` in 0..255 as `uint8[H, W]`: 0 on an edge, 255 elsewhere."""
    from skimage.feature import canny

    found = canny(luma / 255, sigma=SIGMA, low_threshold=LOW, high_threshold=HIGH)
    return np.where(found, 0, 255).astype(np.uint8)


def _in_six_tones(folder: Path) -> dict[str, tuple[str, ...]]:
    """Return the files of each emoji that is there in all six tones, by its name without the tone."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for path in folder.glob("emoji_u*.png"):
        parts = path.stem.removeprefix("emoji_u").split("_")
        tones = [part for part in parts if part in TONES]
        if len(tones) < 2 and len(parts) > len(tones):
            found["_".join(part for part in parts if part not in TONES)]["".join(tones)] = f"png/128/{path.name}"
    return {base: tuple(own[tone] for tone in ("", *TONES)) for base, own in found.items() if len(own) == MODES}


@hookimpl
def benchbench_tasks() -> Iterable[type[Task]]:
    """Register the task."""
    return (EmojiTones,)
