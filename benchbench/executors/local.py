"""Shards in worker processes of this machine, or in this process."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from multiprocessing import connection

from benchbench.core import Executor
from benchbench.core.executor import QueueExecutor
from benchbench.core.jobs import Outcome, Queue
from benchbench.hookspecs import hookimpl
from benchbench.system.lost import Lost
from benchbench.system.work_here import work_here
from benchbench.system.worker import Ended, Worker

LOOK = 0.2
"""Seconds between two looks at limits, where a job under way has one."""


class Local(QueueExecutor):
    """Worker processes that take their next job themselves; with `workers=0`, this process itself.

    They are kept until the command ends, or until work of another owner follows. A worker ends with the process that
    started it, however that ends. One that is killed or crashes costs its job's time: another one takes the job.
    """

    name = "local"
    summary = "this machine: in worker processes, or in this process (-j 0)"
    limits = ("seconds", "isolated", "memory_bytes") if sys.platform == "linux" else ("seconds", "isolated")

    def __init__(self, workers: int) -> None:
        super().__init__(workers)
        self._pool: list[Worker] = []

    def work(self, queue: Queue) -> Iterator[Outcome]:
        """Yield what came of each job, as it comes."""
        if self.workers < 1:
            yield from work_here(queue)
            return
        lost = Lost()
        while True:
            yield from self._hand_out(queue, lost)
            busy = [worker for worker in self._pool if worker.job is not None]
            if not busy:
                return
            limited = any(w.job and (w.job.seconds, w.job.memory_bytes) != (None, None) for w in busy)
            connection.wait([each for worker in busy for each in worker.signals], LOOK if limited else None)
            for worker in busy:
                outcome = self._answer(worker, lost)
                if outcome is not None:
                    yield outcome

    def _hand_out(self, queue: Queue, lost: Lost) -> Iterator[Outcome]:
        """Give each idle worker a job, and start workers while there are jobs; yield what cannot be given."""
        idle: list[Worker | None] = [worker for worker in self._pool if worker.job is None]
        idle += [None] * (self.workers - len(self._pool))
        for worker in idle:
            job = lost.take() or queue.take(worker.warm if worker else None)
            if job is None:
                continue
            if worker is not None and not worker.serves(job):
                worker.stop()
                self._pool.remove(worker)
                worker = None
            if worker is None:
                worker = Worker(job.owner, job.isolated_in)
                self._pool.append(worker)
            failure = worker.start(job)
            if failure is not None:
                yield failure

    def _answer(self, worker: Worker, lost: Lost) -> Outcome | None:
        """Return what came of a worker's job, if anything did; a worker that is gone leaves the pool."""
        job = worker.job
        assert job is not None
        try:
            outcome = worker.answer()
        except Ended as how:
            self._pool.remove(worker)
            worker.stop()
            return lost.ended(job, str(how))
        if outcome is not None and worker.ended:
            self._pool.remove(worker)
        return outcome

    def abandon(self) -> None:
        """Kill the workers."""
        self._end(kill=True)

    def _end(self, kill: bool) -> None:
        for worker in self._pool:
            worker.stop(kill)
        self._pool.clear()

    def __exit__(self, *exc_info: object) -> None:
        self._end(kill=exc_info[0] is not None)  # shards are written whole or not at all, so nothing is lost


@hookimpl
def benchbench_executors() -> Iterable[type[Executor]]:
    """Register the executor."""
    return (Local,)
