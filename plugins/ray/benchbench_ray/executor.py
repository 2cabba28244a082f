"""The executor: a queue of our own over Ray's actors. A job may be worked twice harmlessly, so nothing is lost."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Any

import benchbench
from benchbench.core.executor import QueueExecutor
from benchbench.core.jobs import Job, Outcome, Queue
from benchbench.runs.work import SCORE
from benchbench.system.lost import MOST_DEATHS, Lost
from benchbench.system.work_here import attempt, work_here

from benchbench_ray.cluster import connect, is_up
from benchbench_ray.crew import UNAVAILABLE, Actor, Crew
from benchbench_ray.files import write

LOOK = 5.0
"""Seconds between two looks at actors that do not answer."""
PATIENCE = 600.0
"""Seconds without any actor before the command ends; finished shards are kept."""


class Ray(QueueExecutor):
    """One actor per GPU (or core) that keeps method and extractors loaded, on the cluster of `RAY_ADDRESS` or here."""

    name = "ray"
    here = "RAY_ADDRESS" not in os.environ
    summary = "a Ray cluster (RAY_ADDRESS), or one that is started here: one actor per GPU or core"

    def __init__(self, workers: int) -> None:
        super().__init__(workers)
        returned = os.environ.get("BENCHBENCH_RAY_TRANSPORT", "shared")
        if returned not in ("shared", "return"):
            raise benchbench.BenchbenchError(f"BENCHBENCH_RAY_TRANSPORT={returned}: it is either shared or return")
        self._returned = returned == "return"
        self._crew = Crew(workers, self._returned)
        self._ours = False
        self._here: list[Job] = []
        """Jobs for this process."""
        self._alive = 0.0
        """When an actor was last up."""
        self._unborn = 0
        """Actors in a row that ended before they were up."""

    def work(self, queue: Queue) -> Iterator[Outcome]:
        """Yield what came of each job, as it comes."""
        if self.workers < 1:
            yield from work_here(queue)
            return
        try:
            import ray
        except ImportError:
            raise benchbench.BenchbenchError("Ray is not installed: pip install 'ray>=2.40'") from None
        self._ours = connect(self.workers) or self._ours
        self._alive = time.monotonic()
        lost, held = Lost(), list[Job]()
        while True:
            self._hand_out(queue, lost, held)
            while self._here:  # the shards came here, so they are scored here
                yield attempt(self._here.pop())
            references = self._crew.references()
            if not any(actor.jobs or actor.first for actor in self._crew.actors):
                if not held:
                    return
                continue
            done, _ = ray.wait(references, num_returns=1, timeout=LOOK)
            for reference in done:
                yield from self._take_in(self._crew.holding(reference), reference, lost)
            self._require_anybody()

    def __exit__(self, *exc_info: object) -> None:
        self.abandon()
        if self._ours:
            import ray

            ray.shutdown()
            self._ours = False

    def _hand_out(self, queue: Queue, lost: Lost, held: list[Job]) -> None:
        """Give every actor a job, start actors while there are jobs, then give those with short ones a second one.

        `held`: jobs that were taken for an actor which must not work them while it is busy.
        """
        for idle in [actor for actor in self._crew.actors if actor.greeted and not actor.jobs]:
            job = self._next(queue, lost, held, idle.warm) or self._of_one_that_starts()
            if job is None:
                continue
            if idle.owner != job.owner:
                self._crew.drop(idle)
                self._crew.start(job)
            else:
                self._crew.give(idle, job)
        while not self._crew.full:
            job = self._next(queue, lost, held, None)
            if job is None:
                return
            self._crew.start(job)
        for busy in self._crew.actors:
            if held or not busy.takes_another:
                continue
            job = self._next(queue, lost, held, busy.warm)
            if job is None:
                return
            if job.run == busy.warm:
                self._crew.give(busy, job)
            else:
                held.append(job)

    def _next(self, queue: Queue, lost: Lost, held: list[Job], warm: str | None) -> Job | None:
        """Return the next job for an actor; those for this process are kept for it."""
        while (job := lost.take() or (held.pop(0) if held else queue.take(warm))) is not None:
            if not (self._returned and job.argument == SCORE):
                return job
            self._here.append(job)
        return None

    def _of_one_that_starts(self) -> Job | None:
        """Return what an actor would be given that is not up yet: the cluster may have no room for it."""
        for actor in self._crew.actors:
            if actor.first is not None:
                job, actor.first = actor.first, None
                return job
        return None

    def _take_in(self, actor: Actor, reference: Any, lost: Lost) -> Iterator[Outcome]:
        """Yield what an answer says; the jobs of an actor that is gone are worked again."""
        import ray

        try:
            answer = ray.get(reference)
        except ray.exceptions.ActorUnavailableError as error:
            if not self._answers_again(actor):
                yield from self._bury(actor, lost, str(error))
            elif reference in actor.jobs:
                lost.back(actor.jobs.pop(reference))
            return
        except ray.exceptions.RayActorError as error:
            yield from self._bury(actor, lost, str(error))
            return
        except ray.exceptions.RayTaskError as error:
            if reference == actor.hello:
                raise benchbench.BenchbenchError(str(error.cause)) from None
            answer = None, benchbench.BenchbenchError(f"{type(error.cause).__name__}: {error.cause}"), 0.0, {}
        self._alive = time.monotonic()
        if reference == actor.hello:
            self._crew.greet(actor)
            self._unborn = 0
            return
        job = actor.jobs.pop(reference)
        result, raised, seconds, files = answer
        actor.seconds = seconds  # all that an actor has in flight is of one run
        if files:
            write(files, job.function.place.directory)  # type: ignore[attr-defined]
        yield Outcome(job, result, raised, seconds)

    def _bury(self, actor: Actor, lost: Lost, how: str) -> Iterator[Outcome]:
        """Give the jobs of a dead actor to others: the one that was at work may have been the cause."""
        jobs, how = self._crew.drop(actor), how.strip().partition("\n")[0] or "the actor is gone"
        if not actor.greeted:
            self._unborn += 1
            if self._unborn >= MOST_DEATHS:
                raise benchbench.BenchbenchError(
                    f"{MOST_DEATHS} Ray actors in a row ended before they were up ({how}); finished shards are kept"
                )
        elif jobs and (failure := lost.ended(jobs.pop(0), how)) is not None:
            yield failure
        for job in jobs:
            lost.back(job)

    def _answers_again(self, actor: Actor) -> bool:
        import ray
        from benchbench.runs.agreement import facts_of_installation

        try:
            ray.get(actor.handle.hello.remote(facts_of_installation()), timeout=UNAVAILABLE)
        except (ray.exceptions.RayError, TimeoutError):
            return False
        return True

    def _require_anybody(self) -> None:
        """Raise `BenchbenchError` where no actor has been up for too long."""
        if any(actor.greeted for actor in self._crew.actors):
            self._alive = time.monotonic()
        elif self._ours and not is_up():
            raise benchbench.BenchbenchError(
                "the Ray cluster that was started for this command has ended; finished shards are kept:"
                " run the same command to go on"
            )
        elif time.monotonic() - self._alive > PATIENCE:
            raise benchbench.BenchbenchError(
                f"no Ray actor started for {PATIENCE / 60:.0f} minutes: see `ray status`; finished shards are kept"
            )

    def abandon(self) -> None:
        """End the actors."""
        for actor in list(self._crew.actors):
            self._crew.drop(actor)
