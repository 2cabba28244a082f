"""Where shards are worked."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar


class Executor(ABC):
    """Where shards are worked: a context manager whose `map` yields results as they come.

    `workers` is the number of worker processes; 0 asks for this process itself.
    """

    name: ClassVar[str]
    summary: ClassVar[str] = ""

    def __init__(self, workers: int) -> None:
        self.workers = workers

    def __enter__(self) -> Executor:
        return self

    def __exit__(self, *exc_info: object) -> None:
        return

    def isolate(self, owner: str) -> None:
        """Learn whose code is worked from here on (a distribution): it must not meet what another owner's code did."""
        return

    @abstractmethod
    def map(self, function: Callable[[Any], Any], jobs: Sequence[Any]) -> Iterator[Any]:
        """Yield `function(job)` for each job in any order; function and jobs pickle; exceptions are raised."""
