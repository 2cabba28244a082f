"""The executor: groups of shards of one run, each a job of Slurm, at most so many at a time."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import benchbench
from benchbench.core.executor import QueueExecutor
from benchbench.core.jobs import Job, Outcome, Queue
from benchbench.runs.agreement import facts_of_installation, require_same
from benchbench.system.lost import Lost
from benchbench.system.work_here import attempt, work_here

GROUP_SECONDS = 600.0
"""Work that a job of Slurm is filled up to: starting one takes a minute or more."""
LOOK = 2.0
"""Seconds between two looks at the jobs."""
Answers = list[tuple[Any, BaseException | None, float]]
"""Result, exception and seconds of each piece of a group."""


def work_all(jobs: Sequence[Job], facts: dict[str, str]) -> Answers:
    """Work pieces in a job of Slurm, once the machine has what the command has; only the end of the process raises."""
    require_same(facts, facts_of_installation())
    return [(each.result, each.error, each.seconds) for each in map(attempt, jobs)]


class Slurm(QueueExecutor):
    """Jobs of Slurm, at most `workers` at a time: groups of one run, of ten minutes once its pace is known."""

    name = "slurm"
    here = False
    summary = "jobs of Slurm, through submitit (BENCHBENCH_SLURM: its options)"

    def __init__(self, workers: int) -> None:
        super().__init__(workers)
        self._under_way: dict[Any, list[Job]] = {}
        self._waiting: deque[Job] = deque()
        self._alone: set[int] = set()
        """Pieces of groups that ended: each is tried by itself, so that it is known which one it was."""
        self._pace: dict[str, float] = {}
        """Seconds of the last piece of a run."""

    def work(self, queue: Queue) -> Iterator[Outcome]:
        """Yield what came of each job, as it comes."""
        if self.workers < 1:
            yield from work_here(queue)
            return
        submit, lost = _submitter(), Lost()
        while True:
            self._waiting.extend(iter(lambda: lost.take() or queue.take(None), None))
            self._hand_out(submit)
            if not self._under_way:
                return
            done = [each for each in self._under_way if each.done()]
            for each in done:
                yield from self._take_in(each, self._under_way.pop(each), lost)
            if not done:
                time.sleep(LOOK)

    def _hand_out(self, submit: Any) -> None:
        """Submit groups while there is room, all of this round as one array."""
        groups: list[list[Job]] = []
        while self._waiting and len(self._under_way) + len(groups) < self.workers:
            groups.append(self._group())
        if not groups:
            return
        with submit.batch():
            started = [submit.submit(work_all, group, facts_of_installation()) for group in groups]
        self._under_way.update(zip(started, groups, strict=True))

    def _group(self) -> list[Job]:
        """Take the next piece, and those of its run behind it: ten minutes of them, the last ones spread over all."""
        group = [self._waiting.popleft()]
        run, share = group[0].run, -(-len(self._waiting) // self.workers)
        most = 1 if id(group[0]) in self._alone else min(GROUP_SECONDS // self._pace.get(run, GROUP_SECONDS), 1 + share)
        while len(group) < most and self._waiting[0].run == run and id(self._waiting[0]) not in self._alone:
            group.append(self._waiting.popleft())
        return group

    def _take_in(self, ended: Any, jobs: list[Job], lost: Lost) -> Iterator[Outcome]:
        """Yield what a job of Slurm says; the pieces of one that left no answer are worked again."""
        from submitit.core.utils import FailedJobError, UncompletedJobError

        try:
            answers = ended.result()
        except FailedJobError as error:
            raise benchbench.BenchbenchError(str(error)) from None
        except UncompletedJobError as error:
            if len(jobs) == 1:
                failure = lost.ended(jobs[0], str(error).partition("\n")[0])
                yield from [failure] if failure else []
            for job in jobs if len(jobs) > 1 else []:
                self._alone.add(id(job))
                lost.back(job)
            return
        for job, (result, raised, seconds) in zip(jobs, answers, strict=True):
            self._pace[job.run] = max(seconds, 1e-3)
            yield Outcome(job, result, raised, seconds)

    def abandon(self) -> None:
        """Cancel what is under way."""
        for each in self._under_way:
            each.cancel()
        self._under_way.clear()

    def __exit__(self, *exc_info: object) -> None:
        self.abandon()


def _submitter() -> Any:
    """Return submitit's executor with the options of `BENCHBENCH_SLURM`, such as `partition=gpu,gres=gpu:1,time=60`."""
    import submitit

    cluster = os.environ.get("BENCHBENCH_SLURM_CLUSTER", "slurm")  # `local` tries it on one machine
    submit = submitit.AutoExecutor(folder=Path("benchbench-slurm").absolute() / "%j", cluster=cluster)
    given = filter(None, os.environ.get("BENCHBENCH_SLURM", "").split(","))
    options = {f"slurm_{name}": value for name, _, value in (each.partition("=") for each in given)}
    try:
        known = {name: int(value) if value.isdigit() else value for name, value in options.items()}
        submit.update_parameters(name="benchbench", **known)
    except NameError as error:
        raise benchbench.BenchbenchError(f"BENCHBENCH_SLURM: {error}") from None
    return submit
