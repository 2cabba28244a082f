"""What the records of a task have in common, and which of them are of one row; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TypeVar

from benchbench.core import Task
from benchbench.core.differences import Expected, ScoreIdentity
from benchbench.core.record import Record, RecordedTask

_T = TypeVar("_T")


def expected_of(
    task: Task, metrics: Sequence[str], fingerprint: str | None, own: Sequence[Record], off_protocol: bool
) -> Expected:
    """Return what most of the newest records have in common, as far as they could stand; each has these metrics."""
    any_identity: dict[str, ScoreIdentity | None] = dict.fromkeys(metrics)
    newest = {run_key(record): record for record in own}
    whole = [record for record in newest.values() if _has(record, metrics)]
    current = [record for record in whole if record.task.version == task.version] or whole
    if not current:
        return Expected(RecordedTask(task.name, task.version, fingerprint or ""), any_identity, None, off_protocol)
    newest_first = sorted(current, key=lambda record: record.created, reverse=True)
    data = fingerprint or _commonest([record.task.fingerprint for record in newest_first])
    of_data = [record for record in newest_first if record.task.fingerprint == data] or newest_first
    alike = {metric: _commonest([_identity(record, metric) for record in of_data]) for metric in metrics}
    protocol = of_data[0].protocol if off_protocol else None
    return Expected(RecordedTask(task.name, task.version, data, of_data[0].task.draw), alike, protocol, off_protocol)


def shared_metrics(task: Task, ranked_by: str, shown: Sequence[Record]) -> tuple[str, ...]:
    """Return the score that ranks an edition, then those of the task's metrics that all records that it shows have.

    So an edition keeps its columns when the task gains a metric or loses one.
    """
    return tuple(
        dict.fromkeys([ranked_by, *(each for each in task.metrics if all(_has(one, [each]) for one in shown))])
    )


def _has(record: Record, metrics: Iterable[str]) -> bool:
    """Return whether the record is ok and has a score of each metric."""
    return record.status == "ok" and set(metrics) <= {score.metric for score in record.scores}


def _identity(record: Record, metric: str) -> ScoreIdentity:
    return ScoreIdentity.of(next(score for score in record.scores if score.metric == metric))


def _commonest(found: Sequence[_T]) -> _T:
    """Return what most are; among those as frequent, the first."""
    return Counter(found).most_common(1)[0][0]


def row_key(record: Record) -> object:
    """Return what distinguishes a record from those of other rows: all but seed, machine and precision of training."""
    method, training = record.method, record.training
    options = tuple(sorted((key, str(value)) for key, value in method.options.items()))
    made = ("steps", training.steps) if training else ("checkpoint", method.checkpoint)
    return method.name, options, made, record.seed, record.environment.device, record.protocol


def run_key(record: Record) -> object:
    """Return what distinguishes a record from those that it replaces: its row, and the seed of its training."""
    return row_key(record), record.training_seed
