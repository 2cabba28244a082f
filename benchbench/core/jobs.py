"""What workers are given, what comes back, and where they get the next one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Job:
    """One call of a function; function and argument pickle unless the job stays in this process."""

    function: Callable[[Any], Any]
    argument: Any
    run: str = ""
    """What a worker keeps loaded for it: jobs of one run go to the same worker where that costs no waiting."""
    owner: str = ""
    """Whose code it runs (a distribution): a worker that ran another owner's code must not work it."""
    seconds: float | None = None
    """The most that it may take; `None` without a limit."""
    memory_bytes: int | None = None
    """The most resident memory that its worker may have; `None` without a limit."""
    isolated_in: Path | None = None
    """The only folder that its worker, which then has a clean environment, may write to; `None`: as the command may."""


@dataclass(frozen=True)
class Outcome:
    """What came of a job."""

    job: Job
    result: Any = None
    error: BaseException | None = None
    """What was raised, or why there is no result; `None` where all went well."""
    seconds: float = 0.0
    """Spent on it in the worker."""


class Queue(ABC):
    """Jobs for workers that ask for them; a job may appear once another one is done."""

    @abstractmethod
    def take(self, warm: str | None) -> Job | None:
        """Return the next job for a worker that has the run `warm` loaded; `None` where there is none at the moment."""


class Waiting(Queue):
    """Jobs that are all there from the beginning, in their order."""

    def __init__(self, jobs: Iterable[Job]) -> None:
        self._jobs = iter(jobs)

    def take(self, warm: str | None) -> Job | None:
        """Return the next one."""
        return next(self._jobs, None)
