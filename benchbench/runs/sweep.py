"""Many runs as one queue: their jobs go to whichever worker is free, so that a slow method leaves nobody idle."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from benchbench.core import BenchbenchError
from benchbench.core.jobs import Job, Outcome, Queue
from benchbench.core.record import Record
from benchbench.runs.course import Course
from benchbench.runs.scoring import Scored
from benchbench.runs.seconds import Seconds
from benchbench.runs.work import PREPARE, SCORE, Work

if TYPE_CHECKING:
    from benchbench.core import Executor


@dataclass(frozen=True)
class Limits:
    """What one run may take."""

    seconds: float | None = None
    """Of all its jobs together, whichever worker works them; `None` without a limit."""
    memory_bytes: int | None = None
    """Of each worker."""
    isolated: bool = False
    """Whether each run has workers of its own, with a clean environment, that write to its directory alone."""


@dataclass
class State:
    """Where a run of a sweep stands."""

    run: Course
    phase: str = "waiting"
    """`waiting`, `running`, `recorded` (there was a record before), `done`, or `busy` (another process works on it)."""
    shards_done: int = 0
    record: Record | None = None
    error: BenchbenchError | None = None
    """Why there is no record."""
    seconds: Seconds = field(default_factory=Seconds)
    """Of its jobs, by what they were spent on."""
    spent: float = 0.0
    """Seconds of its jobs so far."""
    worked_shards: int = 0
    """How many were worked by this command."""

    @property
    def over(self) -> bool:
        """Whether nothing is left to do."""
        return self.phase not in ("waiting", "running")

    @property
    def skipped(self) -> bool:
        """Whether the method does not serve the task, so that there are no shards to work."""
        return self.record is not None and self.record.status == "skipped"


class Sweep(Queue):
    """The queue of all jobs of a few runs. A run's first job prepares it, its last one scores it."""

    def __init__(self, runs: Iterable[Course], limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._entries = [_Entry(State(run)) for run in runs]
        self._in_turn = sorted(self._entries, key=lambda entry: not entry.state.run.reference)
        self._changed: deque[State] = deque()

    @property
    def states(self) -> list[State]:
        """Where each run stands, in the order in which they were given."""
        return [entry.state for entry in self._entries]

    def work(self, executor: Executor) -> Iterator[State]:
        """Yield the state of a run whenever it has changed, until all runs are over; free their locks at the end."""
        try:
            self._refuse()
            for outcome in executor.work(self):
                entry = next(each for each in self._entries if each.state.run.run_id == outcome.job.run)
                self._take_in(entry, outcome)
                while self._changed:
                    yield self._changed.popleft()
            self._settle()
            yield from self._changed
        finally:
            for entry in self._entries:
                entry.lock.close()

    def take(self, warm: str | None) -> Job | None:
        """Return a job of the run that a worker has loaded, else the first one of a new run, else help another."""
        open_ = [entry for entry in self._in_turn if entry.pending]
        for entry in open_:
            if entry.state.run.run_id == warm:
                return self._job(entry)
        for entry in self._in_turn:
            if entry.state.phase == "waiting" and self._begin(entry):
                return self._job(entry)
        if not open_:
            return None
        return self._job(max(open_, key=lambda entry: len(entry.pending) / (1 + entry.under_way)))

    def _refuse(self) -> None:
        """Record the runs that can be skipped at once, so that no worker is started for them."""
        for entry in self._in_turn:
            refused = entry.state.run.refused()
            if refused is not None and self._begin(entry):
                entry.pending.clear()
                entry.came = refused
                self._record(entry)

    def _job(self, entry: _Entry) -> Job:
        assert entry.work is not None
        entry.under_way += 1
        run, seconds = entry.state.run, self._limits.seconds
        left = None if seconds is None else max(0.0, seconds - entry.state.spent)
        own = run.directory.path.absolute() if self._limits.isolated else None
        return Job(entry.work, entry.pending.popleft(), run.run_id, run.owner, left, self._limits.memory_bytes, own)

    def _begin(self, entry: _Entry) -> bool:
        """Lock a run and make it ready; return whether it has something to do."""
        state, run = entry.state, entry.state.run
        try:
            entry.lock.enter_context(run.directory.locked())
            state.record = run.begin()
        except BenchbenchError as error:
            self._leave(entry, "busy", error)
            return False
        if state.record is not None:
            state.shards_done = run.num_shards
            self._leave(entry, "recorded")
            return False
        state.phase, entry.began, entry.work = "running", time.perf_counter(), run.work()
        entry.pending.append(PREPARE)
        return True

    def _take_in(self, entry: _Entry, outcome: Outcome) -> None:
        """Note what came of a job, and queue what it makes possible."""
        state, argument = entry.state, outcome.job.argument
        entry.under_way -= 1
        state.spent += outcome.seconds
        came = outcome.error or (outcome.result.scored if argument == SCORE else None)
        if outcome.error is None:
            state.seconds += outcome.result.seconds
            self._went_well(entry, argument)
        if entry.came is None and came is not None:
            entry.came = came
        elif entry.came is None and self._limits.seconds is not None and state.spent > self._limits.seconds:
            entry.came = BenchbenchError(
                f"stopped after {state.spent:.3g} s of work, --timeout allows {self._limits.seconds:.3g} s;"
                " finished shards are kept"
            )
        if entry.came is not None:
            entry.pending.clear()
            self._settle()
        self._changed.append(state)

    def _went_well(self, entry: _Entry, argument: int | str) -> None:
        state, run = entry.state, entry.state.run
        if argument == PREPARE:
            missing = run.missing()
            state.shards_done = run.num_shards - len(missing)
            entry.pending.extend(missing)
        elif argument != SCORE:
            state.shards_done += 1
            state.worked_shards += 1
            run.shard_done(state.shards_done)
        if argument != SCORE and state.shards_done == run.num_shards:
            entry.pending.append(SCORE)

    def _settle(self) -> None:
        """Record the runs whose work is done; the reference rows of a task first, for others are held against them."""
        for entry in self._in_turn:
            ready = entry.came is not None and not entry.under_way and entry.state.phase == "running"
            if ready and (not isinstance(entry.came, Scored) or not self._waits(entry.state.run)):
                self._record(entry)

    def _waits(self, run: Course) -> bool:
        """Return whether a reference row of the run's task is still to come."""
        return not run.reference and any(
            each.state.run.reference and each.state.run.task == run.task and not each.state.over
            for each in self._entries
        )

    def _record(self, entry: _Entry) -> None:
        assert entry.came is not None
        try:
            entry.state.record = entry.state.run.finish(entry.came, time.perf_counter() - entry.began)
        except BenchbenchError as error:
            self._leave(entry, "done", error)
        else:
            self._leave(entry, "done")

    def _leave(self, entry: _Entry, phase: str, error: BenchbenchError | None = None) -> None:
        entry.state.phase, entry.state.error, entry.work = phase, error, None
        entry.lock.close()
        self._changed.append(entry.state)


class _Entry:
    """A run of the queue, with its jobs."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.pending: deque[int | str] = deque()
        self.under_way = 0
        self.work: Work | None = None
        self.came: Scored | BaseException | None = None
        self.began = 0.0
        self.lock = ExitStack()
