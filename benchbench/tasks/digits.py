"""`digits`, `digits-by-class`: scikit-learn's 1797 handwritten digits (Alpaydin & Kaynak, UCI 1998), at 32 px."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from benchbench.core import Example, MissingData, SampleSpace, Task
from benchbench.data.task import by_hash
from benchbench.hookspecs import hookimpl
from benchbench.tasks._metrics import CLASS_CONDITIONAL, UNCONDITIONAL
from benchbench.tasks._unconditional import CONDITIONS, Gathered, HeldOutImages

if TYPE_CHECKING:
    from torch import Tensor

FILE = "datasets/data/digits.csv.gz"
"""In scikit-learn's folder: one line per image, 64 grey levels row by row and the digit."""
SMALL, SIDE = 8, 32
CLASSES = 10
REFERENCES = 2
VALIDATION = 20
"""Images of each class."""

SPACE = SampleSpace("images", (3, SIDE, SIDE))
CHOICES = (
    "Size and filter are ours: 8 px become 32 px by the bilinear filter, then 0..16 become 0..255, rounded once; the"
    " three channels are equal.",
    "Of each digit, the 60 images whose numbers have the least SHA-256 are the test, the next 20 are for validation,"
    " and the 94 to 103 that are left for training; 600 held-out images are 2 for each of the 300 conditions.",
    "The images are UCI's test part, by 13 people; who wrote which is unknown, so the same writers are in all splits.",
)


def enlarged(images: np.ndarray) -> np.ndarray:
    """Return `uint8[N, 32, 32]` of whole grey levels 0..16 `[N, 8, 8]`: bilinear, the border going on, in integers."""
    weights = np.zeros((SIDE, SMALL), np.int64)
    for i in range(SIDE):
        low, eighths = divmod(2 * i - 3, 8)
        weights[i, max(low, 0)] += 8 - eighths
        weights[i, min(low + 1, SMALL - 1)] += eighths
    large = weights @ images.astype(np.int64) @ weights.T
    return ((255 * large + 512) // 1024).astype(np.uint8)


class Digits(HeldOutImages):
    """Unconditional; 2 of 600 held-out images are beside each of the 300 empty conditions."""

    name = "digits"
    version = 1
    summary = "handwritten digits of scikit-learn, 8 px enlarged to 32 px, unconditional"
    kind = "unconditional"
    space = SPACE
    # the rows of its board were measured before that metric was there
    metrics = tuple(each for each in UNCONDITIONAL if each != "collapse-near[mini]")
    choices = CHOICES

    def examples(self, split: Literal["train", "validation", "test"]) -> Sequence[Example]:
        """Return 997 training images, 200 for validation, or 300 empty conditions with two references each."""
        return _unconditional(split)

    def real_pool(self) -> Tensor:
        """Return the 997 training images."""
        return _pool()


class DigitsByClass(HeldOutImages):
    """The condition is the digit, `label` from 0 to 9; 30 conditions per digit, each with 2 of its held-out images.

    Conditions of one digit are the same question, so they form a group: uncertainties are taken over ten groups.
    """

    name = "digits-by-class"
    version = 1
    summary = "handwritten digits of scikit-learn, 8 px enlarged to 32 px, from the digit (a label)"
    kind = "class-conditional"
    space = SPACE
    metrics = CLASS_CONDITIONAL
    choices = (
        *CHOICES,
        "The 300 conditions are ten digits, 30 times each: an uncertainty is over the ten digits, as if they were drawn"
        " from more of their kind.",
    )

    def examples(self, split: Literal["train", "validation", "test"]) -> Sequence[Example]:
        """Return 997 training images, 200 for validation, or 300 conditions (digits in turn) with two references."""
        return _by_class(split)

    def real_pool(self) -> Tensor:
        """Return the 997 training images."""
        return _pool()


@functools.lru_cache(maxsize=1)
def _digits() -> tuple[Tensor, np.ndarray]:
    """Return all images, `uint8[1797, 3, 32, 32]`, and their digits, `int64[1797]`."""
    import torch

    spec = util.find_spec("sklearn")
    path = Path(spec.origin if spec and spec.origin else "sklearn").parent / FILE
    if not path.is_file():
        raise MissingData(f"the digits: the installed scikit-learn has no {FILE}; looked for {path}")
    table = np.loadtxt(path, delimiter=",").astype(np.int64)
    large = torch.from_numpy(enlarged(table[:, :-1].reshape(-1, SMALL, SMALL)))
    return large[:, None].expand(-1, 3, -1, -1).contiguous(), table[:, -1]


def grey_digits() -> Tensor:
    """Return all images in one channel, `uint8[1797, 32, 32]`."""
    return _digits()[0][:, 0]


def _id(index: int) -> str:
    return f"{index:04d}"


@functools.lru_cache(maxsize=3)
def members(split: str) -> tuple[tuple[int, ...], ...]:
    """Return, for each digit, the numbers of its images in a split, the least SHA-256 first."""
    _, labels = _digits()
    test = CONDITIONS * REFERENCES // CLASSES
    part = {
        "test": slice(test),
        "validation": slice(test, test + VALIDATION),
        "train": slice(test + VALIDATION, None),
    }[split]
    own = (sorted(np.flatnonzero(labels == digit).tolist(), key=lambda i: by_hash(_id(i))) for digit in range(CLASSES))
    return tuple(tuple(each[part]) for each in own)


def _all(split: str) -> list[int]:
    return sorted((index for own in members(split) for index in own), key=lambda i: by_hash(_id(i)))


def _pool() -> Tensor:
    return _digits()[0][_all("train")]


@functools.lru_cache(maxsize=3)
def _unconditional(split: str) -> Sequence[Example]:
    images, _ = _digits()
    single = tuple(Example(_id(index), {}, images[index][None]) for index in _all(split))
    return Gathered(single, REFERENCES) if split == "test" else single


@functools.lru_cache(maxsize=3)
def _by_class(split: str) -> tuple[Example, ...]:
    import torch

    images, labels = _digits()
    if split == "test":
        own = members("test")
        chosen = [
            (digit, each[k : k + REFERENCES])
            for k in range(0, len(own[0]), REFERENCES)
            for digit, each in enumerate(own)
        ]
        rows = [(f"{number:04d}", digit, list(pair)) for number, (digit, pair) in enumerate(chosen)]
    else:
        rows = [(_id(index), int(labels[index]), [index]) for index in _all(split)]
    return tuple(Example(id, {"label": torch.tensor(digit)}, images[which], str(digit)) for id, digit, which in rows)


@hookimpl
def benchbench_tasks() -> Iterable[type[Task]]:
    """Register the tasks."""
    return (Digits, DigitsByClass)
