"""Rows to run again: made with older versions than those that are here, or on what something else supersedes."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchbench.core import Method, Task, Unsupported
from benchbench.core.record import Record
from benchbench.core.specification import features_of, name_of
from benchbench.evaluation.answers import shipped_checkpoint
from benchbench.evaluation.resolve import resolve_scores
from benchbench.leaderboards.comparability import row_key
from benchbench.leaderboards.folder import BoardFolder
from benchbench.plugins import Registry
from benchbench.runs.identity import hash_of
from benchbench.specs import format_method


@dataclass(frozen=True)
class Stale:
    """One record of a newest edition that is to be made again."""

    label: str
    reasons: tuple[str, ...]
    commands: tuple[str, ...]
    """What makes it again, one after the other; capitals stand for what a command before printed."""


def stale_rows(folder: BoardFolder, newer: Sequence[Record], registry: Registry) -> list[Stale]:
    """Return the stale records of a board's newest edition, in its order; none without an edition.

    `newer` are the records of a later version of the task: a row that stands there is not stale here.
    """
    editions = folder.editions()
    if not editions:
        return []
    task, current = registry.task(folder.task), _Current(registry.task(folder.task), registry)
    there = {row_key(record) for record in newer}
    records = folder.records_of(editions[-1].records)
    found = []
    for key in editions[-1].records:
        record = records[key]
        reasons = tuple(current.reasons(record))
        if reasons and row_key(record) not in there:
            found.append(Stale(record.method.label, reasons, tuple(_commands(record, task, current, registry))))
    return found


class _Current:
    """What a record of a task would be made with here."""

    def __init__(self, task: Task, registry: Registry) -> None:
        self.task = task
        self.identities = {each.specification: each.identity for each in resolve_scores(task.metrics, task, registry)}
        metrics = {name: registry.metrics[name_of(name)].superseded_by for name in task.metrics}
        self.successors = {name: _under(new, features_of(name)) for name, new in metrics.items() if new}
        """By specification of a task's metric, the specification to use instead."""

    def reasons(self, record: Record) -> Iterator[str]:
        """Yield why a record is to be made again."""
        task, made = self.task, {score.metric: score.id for score in record.scores}
        if task.superseded_by:
            yield f"the task is superseded by {task.superseded_by}"
        if record.task.version != task.version:
            yield f"version {record.task.version} of the task, now {task.version}"
        if (record.protocol.name, record.protocol.version) != (task.protocol.name, task.protocol.version):
            now = f"{task.protocol.name}@{task.protocol.version}"
            yield f"protocol {record.protocol.name}@{record.protocol.version}, now {now}"
        for name, identity in self.identities.items():
            if made.get(name) != identity:
                yield f"{made.get(name) or 'no ' + name}, now {identity}"
        for name, successor in self.successors.items():
            if successor not in made:
                yield f"{name} is superseded by {successor}"


def _under(metric: str, features: str) -> str:
    return f"{metric}[{features}]" if features else metric


def _commands(record: Record, task: Task, current: _Current, registry: Registry) -> Iterator[str]:
    """Yield the commands that make a record again: training where its checkpoint is of other data, run and submit."""
    then, name = record.method, task.superseded_by or task.name
    kind = registry.methods.get(then.name)
    specification = format_method(then.name, then.options, kind().options() if kind else None)
    what = f"-t {name} -m {shlex.quote(specification)}"
    checkpoint = ""
    if then.checkpoint is not None:
        if task.superseded_by or record.task.version != task.version:
            yield f"benchbench fit {what}" + (f" --seed {record.training_seed}" if record.training_seed else "")
            checkpoint = " --checkpoint CHECKPOINT"
        elif kind is None or not _ships(kind(**then.options), record, task):
            checkpoint = f" --checkpoint FILE-{then.checkpoint[:12]}"
    seed = f" --seed {record.seed}" if record.seed else ""
    metrics = "".join(f" --metric {shlex.quote(each)}" for each in current.successors.values())
    device = " --device cuda" if record.environment.device.startswith("cuda") else ""
    yield f"benchbench run {what}{seed}{metrics}{device}{checkpoint}"
    yield "benchbench submit RUN"


def _ships(method: Method, record: Record, task: Task) -> bool:
    """Return whether the record's checkpoint is the one that comes with the method."""
    shipped = shipped_checkpoint(method, task)
    try:
        return shipped is not None and hash_of(method, task, shipped, task.protocol) == record.method.checkpoint
    except Unsupported:
        return False
