"""What a method is trained on: a hash of the training and validation splits, for the identity of checkpoints."""

from __future__ import annotations

import hashlib
import weakref
from collections.abc import Sequence
from typing import Literal

from benchbench.core import Task
from benchbench.core.example import Example
from benchbench.evaluation.fingerprint import update_with

WHOLE_EXAMPLES, WHOLE_BYTES = 20_000, 1 << 29
"""A split of up to so many examples, and bytes of them, is hashed whole: about a second at most."""
MOST = 500
"""Of a larger one that states no hash of its own (`Task.data_hash`) so many examples are hashed, evenly spaced."""
SPLITS: tuple[Literal["train", "validation"], ...] = ("train", "validation")
_known: weakref.WeakKeyDictionary[Task, str] = weakref.WeakKeyDictionary()


def training_hash(task: Task) -> str:
    """Return the SHA-256 over the splits that training reads; computed once for each task object.

    Prepared data have it in their manifest, of every row. Other tasks make or embed their examples: all of a split are
    hashed where that takes about a second at most, as for every task of the suite, else its length and `MOST` of them.
    """
    if task not in _known:
        _known[task] = _compute(task)
    return _known[task]


def _compute(task: Task) -> str:
    digest = hashlib.sha256()
    for split in SPLITS:
        digest.update(f"{split} {task.data_hash(split) or _of_examples(task.examples(split))}\n".encode())
    return digest.hexdigest()


def _of_examples(examples: Sequence[Example]) -> str:
    number = len(examples)
    digest = hashlib.sha256(f"{number}\n".encode())
    for place in range(0, number, 1 if is_whole(examples) else -(-number // MOST)):
        update_with(digest, examples[place])
    return digest.hexdigest()


def is_whole(examples: Sequence[Example]) -> bool:
    """Return whether all examples of a split are hashed: its number and the size of the first one decide."""
    number = len(examples)
    if not 0 < number <= WHOLE_EXAMPLES:
        return number == 0
    tensors = [examples[0].references, *examples[0].condition.values()]
    size = int(sum(each.numel() * each.element_size() for each in tensors))
    return number * size <= WHOLE_BYTES
