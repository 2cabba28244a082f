"""What a method is trained on: a hash of the training and validation splits, for the identity of checkpoints."""

from __future__ import annotations

import hashlib
import weakref
from collections.abc import Sequence
from typing import Literal

from benchbench.core import Task
from benchbench.core.example import Example
from benchbench.evaluation.fingerprint import update_with

MOST = 500
"""Of a split that is no file of bytes as many examples are hashed, evenly spaced; and its length."""
SPLITS: tuple[Literal["train", "validation"], ...] = ("train", "validation")
_known: weakref.WeakKeyDictionary[Task, str] = weakref.WeakKeyDictionary()


def training_hash(task: Task) -> str:
    """Return the SHA-256 over the splits that training reads; computed once for each task object.

    Prepared data have it in their manifest, of every row. Other tasks make or embed their examples: up to `MOST` of
    each split are hashed.
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
    for place in range(0, number, max(1, -(-number // MOST))):
        update_with(digest, examples[place])
    return digest.hexdigest()
