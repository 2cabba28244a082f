"""A task under examination, with what several checks of it need."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from benchbench.contract import fresh, item
from benchbench.contract.findings import line_of
from benchbench.core import Example, Task
from benchbench.plugins import get_task

FEW = 1000
"""The number of examples per split that are checked one by one."""


class TaskItem(item.Item):
    """A task."""

    cls: type[Task]

    def __init__(self, name: str, seconds: float = 20) -> None:
        super().__init__("tasks", name, seconds=seconds)

    @functools.cached_property
    def task(self) -> Task:
        """The task, made."""
        return get_task(self.name)

    @functools.cached_property
    def there(self) -> fresh.Answer:
        """What a fresh process says of its data."""
        return fresh.fingerprint(self.name, self.seconds)

    @property
    def examples(self) -> Sequence[Example]:
        """The test examples, up to a number."""
        found = self.task.examples("test")
        return [found[i] for i in range(min(FEW, len(found)))]

    def where(self, name: str) -> str:
        """Return the line of a method of the class."""
        return line_of(getattr(self.cls, name))
