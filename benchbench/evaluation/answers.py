"""Who may see the answers: a method under test gets a view of the task without its test references."""

from __future__ import annotations

import copy
import dataclasses
import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, overload

from benchbench.core import Example, Method, Task, Unsupported

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor


def visible_to(method: Method, task: Task) -> Task:
    """Return what the method may see of the task: all of it for a reference row, else no test references."""
    return task if method.reads_the_answers else without_answers(task)


def shipped_checkpoint(method: Method, task: Task) -> Path | None:
    """Return the checkpoint that ships with a method for a task, which the method is asked for without the answers."""
    return method.default_checkpoint(visible_to(method, task))


def without_answers(task: Task) -> Task:
    """Return the task as a method under test sees it: test examples have conditions, and `[0, …]` as references.

    It is of a subclass of the task's class and shares its data. Its law cannot be drawn from. Code that wants to cheat
    can still make a task of its own: sealed editions and the comparison with the oracle are against that.
    """
    view = copy.copy(task)
    view.__class__ = _hiding(type(task))
    return view


class _Conditions(Sequence[Example]):
    """Examples without their references."""

    def __init__(self, whole: Sequence[Example]) -> None:
        self._whole = whole

    def __len__(self) -> int:
        return len(self._whole)

    @overload
    def __getitem__(self, index: int) -> Example: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Example]: ...
    def __getitem__(self, index: int | slice) -> Example | Sequence[Example]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        example = self._whole[index]
        return dataclasses.replace(example, references=example.references[:0])


@functools.cache
def _hiding(kind: type[Task]) -> type[Task]:
    class Hiding(kind):  # type: ignore[misc, valid-type]
        def examples(self, split: Literal["train", "validation", "test"]) -> Sequence[Example]:
            found: Sequence[Example] = super().examples(split)
            return _Conditions(found) if split == "test" else found

        def draw(self, *given: Any) -> Tensor:
            raise Unsupported(f"{self.name}: a method under test cannot draw from the true law")

    Hiding.__name__, Hiding.__qualname__ = kind.__name__, kind.__qualname__
    Hiding.__module__, Hiding.__doc__ = kind.__module__, kind.__doc__
    return Hiding
