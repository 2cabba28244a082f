"""Where shards are worked, and what reporters are told of runs and trainings."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar


class Executor(ABC):
    """Where shards are worked: a context manager whose `map` yields results as they come."""

    name: ClassVar[str]
    summary: ClassVar[str] = ""

    def __init__(self, workers: int) -> None:
        self.workers = workers

    def __enter__(self) -> Executor:
        return self

    def __exit__(self, *exc_info: object) -> None:
        return

    @abstractmethod
    def map(self, function: Callable[[Any], Any], jobs: Sequence[Any]) -> Iterator[Any]:
        """Yield `function(job)` for each job in any order; function and jobs pickle; exceptions are raised."""


@dataclass(frozen=True)
class RunInfo:
    """What reporters are told of a run."""

    task: str
    method: str
    """Its label: the name with the options that are not the default's."""
    run_id: str
    directory: Path
    seed: int
    num_shards: int


@dataclass(frozen=True)
class TrainingInfo:
    """What reporters are told of a training."""

    task: str
    method: str
    """Its label: the name with the options that are not the default's."""
    seed: int
    num_steps: int
    checkpoint: Path
    """Where the trained weights will be."""
