"""Jobs for the contract of executors: light functions, which any worker can import."""

from __future__ import annotations

import time
from pathlib import Path

from benchbench.core.errors import BenchbenchError

WRONG = 3
"""The job that fails."""
MARK = "job-"
"""The prefix of the names of marks."""
SECONDS = 0.02
"""The duration of a job that leaves a mark, in seconds."""


def square(job: int) -> tuple[int, int]:
    """Return the job with its square."""
    return job, job * job


def leave_a_mark(job: tuple[str, int]) -> int:
    """Write an empty file into a folder and return the job's number."""
    folder, number = job
    time.sleep(SECONDS)
    (Path(folder) / f"{MARK}{number}").touch()
    return number


def fail_once(job: int) -> tuple[int, int]:
    """Raise for one job, as a shard does; return the others' squares."""
    if job == WRONG:
        raise BenchbenchError(f"job {job} went wrong")
    return square(job)
