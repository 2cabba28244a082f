"""The contract of an executor: every result once, in any order, and the exception of a job."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchbench.contract import item, jobs
from benchbench.contract.findings import Check, Failed, Finding, Passed, Warned, line_of
from benchbench.core import BenchbenchError, Executor

JOBS = 7
WORKERS = 2


class ExecutorItem(item.Item):
    """An executor."""

    cls: type[Executor]

    def __init__(self, name: str, seconds: float = 20) -> None:
        super().__init__("executors", name, {"workers": WORKERS}, seconds)
        self.where = line_of(self.cls.map)

    def work(self, function: Callable[[Any], Any], given: Sequence[Any]) -> list[Any]:
        """Return what two workers of a new executor yield."""
        with self.cls(WORKERS) as executor:
            return list(executor.map(function, given))


def results(case: ExecutorItem) -> Finding:
    """Each job's result comes once, in this process, with one worker and with two."""
    wanted = [jobs.square(job) for job in range(JOBS)]
    for workers in (0, 1, WORKERS):
        with case.cls(workers) as executor:
            found = list(executor.map(jobs.square, range(JOBS)))
        if sorted(found) != wanted:
            seen = f"{JOBS} jobs gave {len(found)} results, {len(set(found))} of them different (workers: {workers})"
            return Failed(seen, "each job's result, once", case.where)
    return Passed(f"{JOBS} jobs give {JOBS} results, with 0, 1 and {WORKERS} workers")


def again(case: ExecutorItem) -> Finding:
    """One executor works several times, and with no jobs at all."""
    with case.cls(WORKERS) as executor:
        found = [sorted(executor.map(jobs.square, given)) for given in (range(3), (), range(2))]
    if found != [[jobs.square(job) for job in range(number)] for number in (3, 0, 2)]:
        return Failed(
            f"3, 0 and 2 jobs gave {', '.join(str(len(each)) for each in found)} results", "as many", case.where
        )
    return Passed("3, 0 and 2 jobs, one after the other")


def comes(case: ExecutorItem) -> Finding:
    """Results come as soon as they are there, not all at the end."""
    given = [(str(Path.cwd()), job) for job in range(JOBS)]
    with case.cls(0) as executor:
        found = iter(executor.map(jobs.leave_a_mark, given))
        next(found)
        done = len(list(Path.cwd().glob(f"{jobs.MARK}*")))
        rest = len(list(found))
    if done == JOBS:
        return Warned(
            f"the first result came after all {JOBS} jobs", "yield each as it comes: the progress bar shows it"
        )
    return Passed(f"the first result came after {done} of {1 + rest} jobs")


def exceptions(case: ExecutorItem) -> Finding:
    """An exception in a job is raised by `map`, with its message."""
    try:
        found = case.work(jobs.fail_once, range(JOBS))
    except BenchbenchError as error:
        if f"job {jobs.WRONG} went wrong" in str(error):
            return Passed("the exception of a job is raised")
        return Failed(f"it raised {error!s}", f"the message of the job, 'job {jobs.WRONG} went wrong'", case.where)
    except Exception as error:
        return Warned(
            f"it raised {type(error).__name__}: {error}", "raise the job's own BenchbenchError for people to read"
        )
    return Failed(f"a job raised, and {len(found)} results came", "its exception", case.where)


CHECKS = (
    *item.CHECKS,
    Check(results),
    Check(again, needs=("results",)),
    Check(comes, needs=("results",)),
    Check(exceptions, needs=("results",)),
)
