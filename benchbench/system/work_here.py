"""Jobs worked in this process."""

from __future__ import annotations

import time
from collections.abc import Iterator

from benchbench.core.jobs import Job, Outcome, Queue


def attempt(job: Job) -> Outcome:
    """Return what comes of a job here; an exception is its outcome."""
    began = time.perf_counter()
    try:
        result = job.function(job.argument)
    except Exception as error:
        return Outcome(job, error=error, seconds=time.perf_counter() - began)
    return Outcome(job, result, seconds=time.perf_counter() - began)


def work_here(queue: Queue) -> Iterator[Outcome]:
    """Yield what came of each job, one after the other."""
    warm = None
    while (job := queue.take(warm)) is not None:
        warm = job.run
        yield attempt(job)
