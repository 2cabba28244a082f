"""Where shards are worked."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any, ClassVar

from benchbench.core.jobs import Job, Outcome, Queue, Waiting


class Executor(ABC):
    """Where shards are worked: a context manager whose `map` yields results as they come.

    `workers` is the number of worker processes; 0 asks for this process itself.
    """

    name: ClassVar[str]
    summary: ClassVar[str] = ""
    here: ClassVar[bool] = True
    """Whether its workers are processes of this machine, whose memory bounds their number."""
    limits: ClassVar[tuple[str, ...]] = ()
    """Which limits of a job its workers are held to: `seconds`, `memory_bytes`, `isolated`."""

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

    def work(self, queue: Queue) -> Iterator[Outcome]:
        """Yield what came of each job of a queue, until none is left and none is under way.

        This one works through `map`, one run after the other. An executor whose workers take their next job themselves,
        so that none is idle while another one's run ends, has a `work` of its own.
        """
        while waiting := list(iter(lambda: queue.take(None), None)):
            for _, jobs in groupby(waiting, key=lambda job: job.run):
                yield from self._of_one_run(list(jobs))

    def _of_one_run(self, jobs: list[Job]) -> Iterator[Outcome]:
        """Yield the outcomes of jobs of one run; what `map` raises is the outcome of those that are not done."""
        self.isolate(jobs[0].owner)
        done: set[int] = set()
        try:
            for place in self.map(_Placed(jobs), range(len(jobs))):
                done.add(place[0])
                yield Outcome(jobs[place[0]], place[1])
        except Exception as error:
            for number, job in enumerate(jobs):
                if number not in done:
                    yield Outcome(job, error=error)


class QueueExecutor(Executor):
    """An executor whose workers take their next job themselves: `map` follows from `work`."""

    def __init__(self, workers: int) -> None:
        super().__init__(workers)
        self._owner = ""

    def isolate(self, owner: str) -> None:
        """Note whose code `map` works; `work` goes by the owner of each job."""
        self._owner = owner

    def map(self, function: Callable[[Any], Any], jobs: Sequence[Any]) -> Iterator[Any]:
        """Yield results as they come; a job that raises cancels what has not started."""
        if self.workers < 1:
            yield from map(function, jobs)
            return
        for outcome in self.work(Waiting(Job(function, job, owner=self._owner) for job in jobs)):
            if outcome.error is not None:
                self.abandon()
                raise outcome.error
            yield outcome.result

    @abstractmethod
    def work(self, queue: Queue) -> Iterator[Outcome]:
        """Yield what came of each job, as it comes."""

    @abstractmethod
    def abandon(self) -> None:
        """End all workers with what they have under way."""


class _Placed:
    """Jobs as a function of their place: `(place, result)`."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._calls = [(job.function, job.argument) for job in jobs]

    def __call__(self, place: int) -> tuple[int, Any]:
        function, argument = self._calls[place]
        return place, function(argument)
