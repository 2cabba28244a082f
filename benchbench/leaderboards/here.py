"""What is here to hold a record against."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from benchbench.core import BenchbenchError, Method, Task
from benchbench.core.record import Record
from benchbench.evaluation.fingerprint import fingerprint
from benchbench.evaluation.resolve import ResolvedScore, resolve_scores
from benchbench.plugins import Registry


@dataclass(frozen=True)
class Here:
    """What is here to hold a record against: resolved once, by the caller."""

    task: Task
    fingerprint: str
    scores: Sequence[ResolvedScore]
    """Of the task's metrics, and of those of the record that are installed."""
    method: type[Method] | None
    """`None` where it is not installed."""
    now: datetime.datetime
    """In UTC."""


def here_for(record: Record, registry: Registry) -> Here:
    """Return what is here for a record: its task, the scores that can be resolved, its method."""
    task = registry.task(record.task.name)
    scores = {each.specification: each for each in resolve_scores(task.metrics, task, registry)}
    for metric in (score.metric for score in record.scores):
        with suppress(BenchbenchError):  # of a plugin that is not installed
            scores |= {each.specification: each for each in resolve_scores([metric], task, registry)}
    method = registry.methods.get(record.method.name)
    now = datetime.datetime.now(datetime.timezone.utc)
    return Here(task, fingerprint(task), list(scores.values()), method, now)
