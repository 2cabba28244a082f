"""Jobs whose worker ended in the middle of them: worked again first, until too many workers ended over one."""

from __future__ import annotations

import logging
from collections import deque

from benchbench.core import BenchbenchError
from benchbench.core.jobs import Job, Outcome

MOST_DEATHS = 3
"""Workers that end over one job before it has failed: one may have been killed by chance, three were not."""
_log = logging.getLogger("benchbench")


class Lost:
    """What is to be worked again. A job may be worked twice harmlessly: what it writes is whole, and the same."""

    def __init__(self) -> None:
        self._again: deque[Job] = deque()
        self._deaths: dict[int, tuple[Job, int]] = {}

    def take(self) -> Job | None:
        """Return the job to work again, if there is one."""
        return self._again.popleft() if self._again else None

    def back(self, job: Job) -> None:
        """Keep a job that its worker had not begun when it ended."""
        self._again.append(job)

    def ended(self, job: Job, how: str) -> Outcome | None:
        """Note that a worker ended over a job; return the job's failure once that is enough, else keep the job."""
        deaths = self._deaths.get(id(job), (job, 0))[1] + 1
        self._deaths[id(job)] = job, deaths  # which keeps the job, so that no other one gets its id
        if deaths < MOST_DEATHS:
            _log.warning("a worker process ended in the middle of its work (%s); the work is given to another one", how)
            self._again.append(job)
            return None
        del self._deaths[id(job)]
        return Outcome(
            job,
            error=BenchbenchError(
                f"a worker process ended in the middle of its work, {MOST_DEATHS} times over the same piece"
                f" (the last time: {how}); finished shards are kept"
            ),
        )
