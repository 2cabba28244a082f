"""The actors of a command: started, given jobs, and replaced when they are gone."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from typing import Any

from benchbench.core.jobs import Job
from benchbench.runs.agreement import facts_of_installation, facts_of_plan
from benchbench.runs.work import Work

IN_FLIGHT = 2
"""Jobs that an actor has at most: one at work and one that waits, so that it never waits for the driver."""
SHORT = 1.0
"""Seconds of a job below which another may wait: behind a longer one it would wait while others have nothing to do."""
UNAVAILABLE = 60.0
"""Seconds that an actor which cannot be reached has to answer before it counts as dead."""


@dataclass(eq=False)
class Actor:
    """An actor with its jobs, the one at work first."""

    handle: Any
    hello: Any
    """The reference to its first answer."""
    owner: str
    warm: str
    """The run of the last job that it was given."""
    first: Job | None = None
    """What it is given once it is up: an actor that ends before that has ended over no job."""
    jobs: dict[Any, Job] = field(default_factory=dict)
    """By the reference to their answer, in the order in which they are worked."""
    greeted: bool = False
    """Whether it is up, and as the command is."""
    seconds: float | None = None
    """What its last job took, if that was of the same run as the next one."""

    @property
    def takes_another(self) -> bool:
        """Whether to give it a job that waits: an answer takes milliseconds, a short job not much more."""
        return self.greeted and len(self.jobs) < IN_FLIGHT and self.seconds is not None and self.seconds < SHORT


class Crew:
    """The actors that there are."""

    def __init__(self, most: int, returned: bool) -> None:
        self._most, self._returned = most, returned
        self._facts: dict[str, dict[str, str]] = {}
        self.actors: list[Actor] = []

    @property
    def full(self) -> bool:
        """Whether there is room for no other actor."""
        return len(self.actors) >= self._most

    def start(self, job: Job) -> Actor:
        """Start an actor for a job, which it is given once it is up: once its first answer has come."""
        import ray

        from benchbench_ray.member import Member

        gpu = isinstance(job.function, Work) and job.function.plan is not None and job.function.plan.device != "cpu"
        kept = {name: value for name, value in os.environ.items() if name.startswith("BENCHBENCH_")}
        options = {
            "num_cpus": 1,
            "num_gpus": 1 if gpu else 0,
            "max_restarts": 0,  # recovery is the executor's
            "max_task_retries": 0,
        }
        handle = ray.remote(Member).options(**options).remote(kept, os.getcwd(), sys.path, self._returned)
        actor = Actor(handle, handle.hello.remote(facts_of_installation()), job.owner, job.run, job)
        self.actors.append(actor)
        return actor

    def greet(self, actor: Actor) -> None:
        """Note that an actor is up, and give it what it was started for."""
        actor.greeted = True
        if actor.first is not None:
            self.give(actor, actor.first)
            actor.first = None

    def give(self, actor: Actor, job: Job) -> None:
        """Give an actor a job."""
        reference = actor.handle.work.remote(job.function, job.argument, job.run, self._facts_of(job))
        if job.run != actor.warm:
            actor.seconds = None
        actor.jobs[reference], actor.warm = job, job.run

    def drop(self, actor: Actor) -> list[Job]:
        """End an actor and return the jobs that it had."""
        import ray

        self.actors.remove(actor)
        ray.kill(actor.handle)
        return [*([actor.first] if actor.first else []), *actor.jobs.values()]

    def references(self) -> list[Any]:
        """Return the references to all answers that are to come."""
        return [each for actor in self.actors for each in (*([] if actor.greeted else [actor.hello]), *actor.jobs)]

    def holding(self, reference: Any) -> Actor:
        """Return the actor of a reference."""
        return next(actor for actor in self.actors if reference in actor.jobs or reference == actor.hello)

    def _facts_of(self, job: Job) -> dict[str, str]:
        if not isinstance(job.function, Work) or job.function.plan is None:
            return {}
        if job.run not in self._facts:
            self._facts[job.run] = facts_of_plan(job.function.plan)
        return self._facts[job.run]
