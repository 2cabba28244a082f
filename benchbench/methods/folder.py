"""`folder`: images made by any other program, one sub-folder per condition, taken as a method's samples."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from benchbench.core import (
    BadSample,
    BenchbenchError,
    Conditions,
    Method,
    MissingData,
    Protocol,
    Task,
    Unsupported,
    WrongUsage,
)
from benchbench.core.noise import Noise
from benchbench.data.listing import Listing, list_samples, require_complete
from benchbench.hookspecs import hookimpl
from benchbench.system.images import decode, read_image
from benchbench.system.modes import BadImage
from benchbench.system.regular import read_regular, shown

if TYPE_CHECKING:
    from torch import Tensor

ValueRange: TypeAlias = tuple[float, float]
"""The values that are black and white."""


@dataclass
class Folder(Method):
    """Reads `PATH/<example id>/0.png …`, by their numbers; `benchbench info TASK --export DIR` gives the ids.

    Its checkpoint is the folder, so the hash of every image that is scored belongs to the identity of the run.
    """

    name = "folder"
    summary = "images made by any other program: one sub-folder per condition"
    by_name_only = True

    label: str = "folder"
    """The name for tables."""
    select: str = ""
    """The pattern of sample names in a sub-folder, such as `sample_{k}.png`; empty: all images, exactly K."""
    pattern: str = ""
    """Instead of `select`, the pattern of whole paths, such as `{id}_{k}.png`."""
    value_range: str = ""
    """Black and white of values of more than 8 bits, such as `0..1`; empty: images whose values need it are refused."""

    def own_label(self) -> str:
        """Return the name that the user gave."""
        return self.label if self.label != self.name else ""

    def prepare(self, task: Task, device: str, checkpoint: Path | None) -> None:
        """Check that the folder is there."""
        if task.space.kind != "images":
            raise Unsupported("reads images; this task has points")
        if checkpoint is None:
            raise BenchbenchError(
                "folder: no folder of samples is given; pass it as --samples DIR (or --checkpoint DIR)"
            )
        if not checkpoint.is_dir():
            raise MissingData(f"no such folder of samples: {shown(checkpoint)}")
        self._path, self._shape, self._range = checkpoint, task.space.shape, range_of(self.value_range)

    def sample(self, conditions: Conditions, num_samples: int, noise: Noise) -> Tensor:
        """Return the K images of each condition."""
        import torch

        found = list_samples(self._path, conditions.ids, num_samples, self.select, self.pattern)
        require_complete(found, num_samples)
        return torch.stack([read_samples(files, self._shape, self._range) for files in found.files.values()])

    def checkpoint_hash(self, task: Task, checkpoint: Path, protocol: Protocol) -> str | None:
        """Return the SHA-256 over the images that are scored, and over nothing else; raise where one is missing."""
        if task.space.kind != "images":
            return None  # `prepare` will say so
        ids, k = ids_of(task, protocol.num_conditions), protocol.samples_per_condition
        found = list_samples(checkpoint, ids, k, self.select, self.pattern)
        require_complete(found, k)
        return found.sha256()


def ids_of(task: Task, number: int | None) -> list[str]:
    """Return the ids of the first test conditions; `None`: of all."""
    examples = task.examples("test")
    return [examples[i].id for i in range(len(examples) if number is None else min(number, len(examples)))]


def range_of(text: str) -> ValueRange | None:
    """Return the values of black and white of a text such as `-1..1`; `None` where it is empty."""
    if not text:
        return None
    low, dots, high = text.partition("..")
    try:
        black, white = float(low), float(high)
    except ValueError:
        dots = ""
    if not dots or black == white or not math.isfinite(black + white):
        raise WrongUsage(f"the range of values {text!r} is not two different numbers, such as 0..1")
    return black, white


def read_samples(files: Sequence[Path], shape: tuple[int, ...], value_range: ValueRange | None = None) -> Tensor:
    """Return images as `uint8[K, 3, H, W]`, which all have `shape = (3, H, W)`; raise `BadSample` with the file."""
    import torch

    try:
        return torch.stack([read_image(path, (shape[2], shape[1]), value_range) for path in files])
    except BadImage as error:
        raise BadSample(str(error)) from None


def remarks(listing: Listing, value_range: ValueRange | None = None, look_at: int = 300) -> list[str]:
    """Return what a user should know about a folder of samples, one sentence each: loss, conversions, unused images.

    Conversions are those of the first image of `look_at` conditions.
    """
    said = []
    total, lossy = sum(map(len, listing.files.values())), listing.lossy()
    if lossy:
        said.append(
            f"{lossy:,} of {total:,} images are compressed with loss (JPEG or WebP): the scores are of what the"
            " compression left; store samples as PNG"
        )
    if listing.left_over:
        said.append(f"{listing.left_over:,} images fit the pattern and are not scored: their numbers are beyond K")
    notes: Counter[str] = Counter()
    firsts = [files[0] for files in islice(filter(None, listing.files.values()), look_at)]
    for path in firsts:
        own: list[str] = []
        try:
            decode(read_regular(path), shown(path), own.append, value_range)
        except BenchbenchError as error:
            raise BadSample(str(error)) from None
        notes.update(set(own))
    return said + [
        f"{number} of {len(firsts)} images looked at are converted: {note}" for note, number in notes.items()
    ]


@hookimpl
def benchbench_methods() -> Iterable[type[Method]]:
    """Register the method."""
    return (Folder,)
