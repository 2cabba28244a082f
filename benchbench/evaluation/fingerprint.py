"""The fingerprint of a task: a hash of the very inputs and references that it tests with."""

from __future__ import annotations

import hashlib
import weakref
from typing import TYPE_CHECKING

from benchbench.core import Example, Task

if TYPE_CHECKING:
    from torch import Tensor

_known: weakref.WeakKeyDictionary[Task, str] = weakref.WeakKeyDictionary()


def fingerprint(task: Task) -> str:
    """Return the SHA-256 over every test example (id, group, condition, references) and the real pool.

    It is computed once for each task object.
    """
    if task not in _known:
        _known[task] = _compute(task)
    return _known[task]


def _compute(task: Task) -> str:
    digest = hashlib.sha256(f"{task.name} {task.version} {task.space}\n".encode())
    for example in task.examples("test"):
        update_with(digest, example)
    _update(digest, task.real_pool())
    return digest.hexdigest()


def update_with(digest: hashlib._Hash, example: Example) -> None:
    """Add all that an example holds to a hash."""
    digest.update(f"{example.id} {example.group} {sorted(example.condition)}\n".encode())
    for modality in sorted(example.condition):
        _update(digest, example.condition[modality])
    _update(digest, example.references)


def _update(digest: hashlib._Hash, tensor: Tensor) -> None:
    digest.update(f"{tensor.dtype} {tuple(tensor.shape)}\n".encode())
    digest.update(tensor.contiguous().numpy().tobytes())
