"""Shards in this process, or in worker processes of this machine."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from benchbench.core import BenchbenchError, Executor
from benchbench.hookspecs import hookimpl


class Local(Executor):
    """One worker works in this process; more are processes of their own, started fresh and kept for all shards."""

    name = "local"
    summary = "this machine: in this process (-j 1) or in worker processes"

    _pool: ProcessPoolExecutor | None = None

    def map(self, function: Callable[[Any], Any], jobs: Sequence[Any]) -> Iterator[Any]:
        """Yield results as they come; a job that raises cancels what has not started."""
        if self.workers <= 1:
            yield from map(function, jobs)
            return
        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self.workers, mp_context=context, initializer=_ignore_interrupt)
        futures = [self._pool.submit(function, job) for job in jobs]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BrokenProcessPool:
            self._pool = None
            raise BenchbenchError(
                "a worker process was killed (out of memory?); finished shards are kept: run the same command"
                " again, with a smaller -j if memory is short"
            ) from None
        finally:
            for future in futures:
                future.cancel()

    def __exit__(self, *exc_info: object) -> None:
        if self._pool is None:
            return
        self._pool.shutdown(wait=exc_info[0] is None, cancel_futures=True)
        if exc_info[0] is KeyboardInterrupt:  # shards are written whole or not at all, so nothing is lost
            for process in multiprocessing.active_children():
                process.terminate()


def _ignore_interrupt() -> None:
    """Leave Ctrl-C to the parent, which ends its workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@hookimpl
def benchbench_executors() -> Iterable[type[Executor]]:
    """Register the executor."""
    return (Local,)
