"""One method on one task: resume what is there, work what is missing, score, record."""

from __future__ import annotations

from collections.abc import Callable

from benchbench.core import Executor
from benchbench.core.record import Record
from benchbench.runs.course import Course
from benchbench.runs.sweep import Limits, Sweep

Progress = Callable[[int, int], None]
"""Called with how many shards are done, and of how many."""


class Run(Course):
    """A subject on a stage: `record` does what is left to do."""

    def record(self, executor: Executor, progress: Progress, limits: Limits | None = None) -> tuple[Record, bool]:
        """Return the run's record, and whether it was there before; raise `Busy` if another process works on it."""
        sweep = Sweep([self], limits)
        (state,) = sweep.states
        for _ in sweep.work(executor):
            progress(state.shards_done, self.num_shards)
        if state.error is not None:
            raise state.error
        assert state.record is not None
        return state.record, state.phase == "recorded"
