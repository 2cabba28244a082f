"""A method on a task, and the ways in which it is asked for samples."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from benchbench.contract import state
from benchbench.contract.findings import Finding, line_of
from benchbench.contract.method import MethodItem
from benchbench.core import Conditions, Example, Method
from benchbench.core.noise import Noise
from benchbench.plugins import get_task

ALL = (0, 1, 2)
"""Three conditions of the task, far apart."""


class Sampling:
    """A method on a task, and the ways in which it is asked for samples."""

    def __init__(self, method: MethodItem, task: str) -> None:
        self.method, self.task, self.seconds = method, get_task(task), method.seconds
        self.label, self.files = f"{method.label} on {task}", method.files
        self.where = line_of(method.cls.sample)
        self.found: dict[str, Finding] = {}

    @functools.cached_property
    def examples(self) -> list[Example]:
        """Three test examples, far apart; fewer where there are fewer."""
        found = self.task.examples("test")
        number = min(len(found), len(ALL))
        return [found[i * len(found) // number] for i in range(number)]

    def prepared(self) -> Method:
        """Return a new object, made ready."""
        method = self.method.make()
        method.prepare(self.task, "cpu", self.method.checkpoint)
        return method

    @functools.cached_property
    def ready(self) -> Method:
        """The object that most checks share."""
        return self.prepared()

    @functools.cached_property
    def drawn(self) -> Any:
        """The first draw: three samples of each condition, which several checks look at."""
        return self.draw()

    def conditions(self, which: Sequence[int]) -> Conditions:
        """Return the batch of these conditions."""
        import torch

        examples = [self.examples[i % len(self.examples)] for i in which]
        values = {
            modality: torch.stack([example.condition[modality] for example in examples])
            for modality in examples[0].condition
        }
        return Conditions(tuple(example.id for example in examples), values)

    def draw(
        self,
        which: Sequence[int] = ALL,
        num_samples: int = 3,
        seed: int = 0,
        method: Method | None = None,
        conditions: Conditions | None = None,
    ) -> Any:
        """Return what `sample` gives for the noise of these conditions; global generators are seeded equally before.

        `conditions` may be others than those of the noise.
        """
        state.seed_generators(0)
        own = self.conditions(which)
        noise = Noise.for_samples((self.task.name, self.task.version), seed, own.ids, num_samples)
        return (method or self.ready).sample(conditions or own, num_samples, noise)
