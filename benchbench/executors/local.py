"""Shards in worker processes of this machine, or in this process."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from benchbench.core import BenchbenchError, Executor
from benchbench.hookspecs import hookimpl
from benchbench.system.workers import become_worker

PRELOADED = ["benchbench.runs.work", "torch"]
"""Imported once by the server that worker processes are forked from, where the system has such a server."""


class Local(Executor):
    """Worker processes, kept until the owner of the work changes; with `workers=0`, this process itself.

    A worker ends with the process that started it, however that ends.
    """

    name = "local"
    summary = "this machine: in worker processes, or in this process (-j 0)"

    _pool: ProcessPoolExecutor | None = None
    _owner: str = ""

    def isolate(self, owner: str) -> None:
        """Start fresh workers if the ones that are there ran code of another owner."""
        if self._pool is not None and owner != self._owner:
            self._pool.shutdown(wait=True)
            self._pool = None
        self._owner = owner

    def map(self, function: Callable[[Any], Any], jobs: Sequence[Any]) -> Iterator[Any]:
        """Yield results as they come; a job that raises cancels what has not started."""
        if self.workers < 1:
            yield from map(function, jobs)
            return
        if self._pool is None:
            here = (dict(os.environ), os.getcwd())
            self._pool = ProcessPoolExecutor(self.workers, _context(), become_worker, here)
        futures = [self._pool.submit(function, job) for job in jobs]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BrokenProcessPool:
            self._pool = None
            raise BenchbenchError(
                "a worker process ended in the middle of its work (it crashed, called os._exit, or ran out of"
                " memory); finished shards are kept"
            ) from None
        finally:
            for future in futures:
                future.cancel()

    def __exit__(self, *exc_info: object) -> None:
        if self._pool is None:
            return
        if exc_info[0] is not None:  # shards are written whole or not at all, so nothing is lost
            for process in list(self._pool._processes.values()):
                process.kill()
        self._pool.shutdown(wait=exc_info[0] is None, cancel_futures=True)
        self._pool = None


def _context() -> Any:
    """Return how workers start: forked from a server that has torch loaded, or spawned where there is none."""
    if "forkserver" not in multiprocessing.get_all_start_methods() or sys.platform == "darwin":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    return context


@hookimpl
def benchbench_executors() -> Iterable[type[Executor]]:
    """Register the executor."""
    return (Local,)
