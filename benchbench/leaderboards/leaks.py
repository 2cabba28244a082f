"""Rows that cannot be honest: better than the truth itself, or made of the test's own references."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from benchbench.core import Task
from benchbench.core.differences import Difference
from benchbench.core.record import Record
from benchbench.stats.paired import paired_difference

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


def made_of_references(run: Path, record: Record, task: Task) -> Iterator[Difference]:
    """Yield a difference where half of the conditions whose samples were kept have a test reference among them."""
    from benchbench.data import read_image

    if record.method.reference or task.space.kind != "images":
        return
    kept, copied = 0, 0
    for number in range(min(record.protocol.num_conditions, len(task.examples("test")))):
        example = task.examples("test")[number]
        files = sorted((run / "samples" / example.id).glob("*.png"))
        if files:
            references = example.references.numpy().astype(int)
            samples = [np.asarray(read_image(file)).astype(int) for file in files]
            kept += 1
            copied += any(_distance(sample, references) <= NOISE for sample in samples)
    if kept > 1 and 2 * copied >= kept:
        yield Difference("copies", found=str(copied), expected=str(kept))


def _distance(sample: np.ndarray, references: np.ndarray) -> int:
    """Return the largest difference in grey levels from the nearest of the references `[R, 3, H, W]`."""
    return int(np.abs(references - sample).reshape(len(references), -1).max(1).min())
