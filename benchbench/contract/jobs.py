"""What executors are given to work in their contract: light functions, which any worker can import."""

from __future__ import annotations

import time
from pathlib import Path

from benchbench.core.errors import BenchbenchError

WRONG = 3
"""The job that fails."""
MARK = "job-"
"""How the names of marks begin."""
SECONDS = 0.02
"""How long a job takes that leaves a mark."""


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
