"""The ranking score of a method under training: on validation examples, which stand in place of the test."""

from __future__ import annotations

import copy
import functools
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from benchbench.core import Example, Method, Protocol, Task
from benchbench.core.record import Score
from benchbench.evaluation.fingerprint import fingerprint
from benchbench.evaluation.resolve import resolve_scores
from benchbench.evaluation.session import Setting, open_session
from benchbench.evaluation.sources import SHARD_CONDITIONS, Live
from benchbench.evaluation.whole import score_whole
from benchbench.plugins import Registry

if TYPE_CHECKING:
    from torch import Tensor

CONDITIONS, SAMPLES = 150, 2
"""How many validation examples are scored, and with how many samples each: cheap, and the same ones every time.

Each has one reference, so that more conditions tell more than more samples do.
"""
POOL = 1000
"""Real images of the task at most, so that their features cost little."""


class HeldOutScore:
    """A task's ranking score on its first validation examples, for one method after the other."""

    def __init__(self, task: Task, registry: Registry, seed: int, device: str, cache: Path) -> None:
        """Compute the features of the real images, and keep them in the folder `cache`."""
        view = with_validation_as_test(task, CONDITIONS)
        protocol = Protocol().resized(len(view.examples("test")), SAMPLES)
        scores = resolve_scores(view.metrics[:1], view, registry)
        self._session = open_session(view, fingerprint(view), protocol, scores, Setting(seed, device, cache))

    def of(self, method: Method) -> tuple[Score, list[float]]:
        """Return the score of a prepared method, and its value for each condition, where it has one.

        The conditions and their noise are the same in every call.
        """
        session = self._session
        scored, ranking = score_whole(Live(session, method, SHARD_CONDITIONS), session), session.task.metrics[0]
        own = scored.table[ranking].tolist() if ranking in scored.table else []
        return next(each for each in scored.scores if each.metric == ranking), own


def with_validation_as_test(task: Task, num_conditions: int) -> Task:
    """Return the task with its first validation examples as its test; it is of a subclass of the task's class."""
    view = copy.copy(task)
    view.__class__ = _shifted(type(task), num_conditions)
    return view


@functools.cache
def _shifted(kind: type[Task], num_conditions: int) -> type[Task]:
    class Shifted(kind):  # type: ignore[misc, valid-type]
        def examples(self, split: Literal["train", "validation", "test"]) -> Sequence[Example]:
            found: Sequence[Example] = super().examples("validation" if split == "test" else split)
            return found[:num_conditions] if split == "test" else found

        def real_pool(self) -> Tensor:
            pool: Tensor = super().real_pool()
            return pool[:POOL]

    Shifted.__name__, Shifted.__qualname__ = kind.__name__, kind.__qualname__
    Shifted.__module__, Shifted.__doc__ = kind.__module__, kind.__doc__
    return Shifted
