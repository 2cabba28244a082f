"""Rows that cannot be honest: better than the truth itself, or made of the test's own references."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from benchbench.core import Task
from benchbench.core.differences import Difference
from benchbench.core.record import Record
from benchbench.stats.paired import paired_difference

if TYPE_CHECKING:
    from torch import Tensor

LEVEL = 1e-3
"""Of the test against the oracle: an honest method that equals the truth is refused once in two thousand times."""
NOISE = 1
"""Grey levels by which a copy may differ from its original."""


def better_than_the_truth(record: Record, others: Iterable[Record]) -> Iterator[Difference]:
    """Yield a difference where the ranking score is significantly better than the oracle's on the same conditions.

    A strictly proper score has its best expectation at the true law. The newest oracle of the same data and protocol
    counts; where there is none, nothing can be said.
    """
    paired = record.paired
    if record.method.reference or paired is None:
        return
    ranking = next(score for score in record.scores if score.metric == paired.metric)
    oracles = [
        each
        for each in sorted(others, key=lambda each: each.created)
        if each.method.name == "oracle" and (each.task, each.protocol) == (record.task, record.protocol)
    ]
    truth = oracles[-1].paired if oracles else None
    if truth is None or (truth.metric, truth.groups) != (paired.metric, paired.groups):
        return
    if ranking.higher_is_better is None:
        return
    difference = paired_difference(paired.values, truth.values, paired.groups)
    if (difference.value > 0) == ranking.higher_is_better and difference.value and difference.p <= LEVEL:
        theirs = sum(truth.values) / len(truth.values)
        yield Difference("too good", paired.metric, f"{ranking.value:.4g}", f"{theirs:.4g}")


def holds_a_reference(samples: Tensor, references: Tensor) -> bool:
    """Return whether one of the images `uint8[K, 3, H, W]` is one of the references `uint8[R, 3, H, W]`, or nearly so.

    Nearly: no value differs by more than `NOISE` grey levels. Never so for points, which have no such levels, and where
    the references themselves repeat one another: there an honest draw meets one by chance.
    """
    if samples.ndim != 4:
        return False
    originals = references.int()
    if any(_is_among(each, originals[place + 1 :]) for place, each in enumerate(originals)):
        return False
    return any(_is_among(sample, originals) for sample in samples.int())


def _is_among(image: Tensor, others: Tensor) -> bool:
    return bool(((others - image).abs().flatten(1).amax(1) <= NOISE).any()) if len(others) else False


def copied(number: int, total: int) -> Iterator[Difference]:
    """Yield a difference where half of two or more conditions or more have a test reference among their samples."""
    if total > 1 and 2 * number >= total:
        yield Difference("copies", found=str(number), expected=str(total))


def made_of_references(run: Path, record: Record, task: Task) -> Iterator[Difference]:
    """Yield a difference where half of the conditions whose samples were kept have a test reference among them."""
    from benchbench.methods.folder import read_samples

    if record.method.reference or task.space.kind != "images":
        return
    kept, found = 0, 0
    for number in range(min(record.protocol.num_conditions, len(task.examples("test")))):
        example = task.examples("test")[number]
        files = sorted((run / "samples" / example.id).glob("*.png"))
        if files:
            kept += 1
            found += holds_a_reference(read_samples(files, task.space.shape), example.references)
    yield from copied(found, kept)
