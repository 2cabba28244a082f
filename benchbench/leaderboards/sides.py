"""Which records of a method are compared: chosen among those that may be, with what lies beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from benchbench.core import BenchbenchError, UnknownName, WrongUsage
from benchbench.core.differences import Difference, Expected, differences
from benchbench.core.record import Record, Score
from benchbench.evaluation.by_condition import ByCondition
from benchbench.leaderboards import conditions
from benchbench.leaderboards.comparability import row_key
from benchbench.plugins import unknown_name
from benchbench.runs.directory import read_conditions
from benchbench.system.records import RECORD


@dataclass(frozen=True)
class Found:
    """A record with its file."""

    path: Path
    record: Record


@dataclass(frozen=True)
class Side:
    """A method with its scores by condition, of one training or of the several of a row."""

    label: str
    found: tuple[Found, ...]
    ids: tuple[str, ...]
    """Of the conditions; empty where the record alone is available."""
    groups: tuple[int, ...]
    values: dict[str, list[list[float]]]
    """By metric: of each training one value per condition."""

    @property
    def records(self) -> tuple[Record, ...]:
        """One per training seed."""
        return tuple(each.record for each in self.found)

    @property
    def scores(self) -> dict[str, Score]:
        """The first record's scores by metric."""
        return {score.metric: score for score in self.records[0].scores}

    @property
    def seeds(self) -> int:
        """How many trainings; 0 where nothing was trained."""
        trained = self.records[0].training or self.records[0].method.checkpoint
        return len(self.records) if trained else 0


def choose(found: Sequence[Found], names: Sequence[str], task: str, off_protocol: bool) -> list[list[Found]]:
    """Return each name's newest record among those that can be compared with the newest of them all.

    A label stands for all trainings of that record's method, a run id for itself.
    """
    standing = {name: _standing(found, name, task, off_protocol) for name in names}
    model = max((own[-1].record for own in standing.values()), key=lambda record: record.created)
    chosen = [_comparable(name, standing[name], model) for name in names]
    for (name, row), (other, others) in combinations(zip(names, chosen, strict=True), 2):
        if row[-1] is others[-1]:
            raise WrongUsage(f"{name} and {other} are the same run, {row[-1].record.run_id}: name two methods")
    return chosen


def _standing(found: Sequence[Found], name: str, task: str, off_protocol: bool) -> list[Found]:
    """Return the records of a name that have scores, the oldest first."""
    own = [each for each in found if name in (each.record.method.label, each.record.run_id)]
    if not own:
        raise UnknownName(unknown_name("recorded method", name, {each.record.method.label for each in found}))
    scored = sorted((each for each in own if each.record.status == "ok"), key=lambda each: each.record.created)
    if not scored:
        last = own[-1].record
        raise BenchbenchError(f"{name} has no scores on {task}: {last.status}: {last.reason}")
    kept = [each for each in scored if off_protocol or not each.record.protocol.off_protocol]
    if not kept:
        raise BenchbenchError(f"{name} has off-protocol records of {task} alone: run it in full, or --off-protocol")
    return kept


def _comparable(name: str, standing: Sequence[Found], model: Record) -> list[Found]:
    """Return the newest record of a name that can be compared with the model, with its other trainings."""
    comparable = [each for each in standing if not why_not(each.record, model)]
    if not comparable:
        (first, *_) = why_not(standing[-1].record, model)
        raise BenchbenchError(f"{name} cannot be compared with {model.method.label}: {first}; run both again")
    newest = comparable[-1].record
    of_seeds: dict[int | None, Found] = {}
    for each in comparable:
        if row_key(each.record) == row_key(newest) and each.record.method.version == newest.method.version:
            of_seeds[each.record.training_seed] = each
    return sorted(of_seeds.values(), key=lambda each: each.record.training_seed or 0)


def why_not(record: Record, model: Record) -> list[Difference]:
    """Return why two records cannot be compared."""
    return differences(record, Expected.like(model))


def read(chosen: Sequence[Sequence[Found]]) -> list[Side]:
    """Return the sides with what lies beside their records, checked to be of the same conditions."""
    labels = [row[0].record.method.label for row in chosen]
    names = [
        label if labels.count(label) == 1 else f"{label} ({row[0].record.run_id})"
        for label, row in zip(labels, chosen, strict=True)
    ]
    sides = [_side(name, row) for name, row in zip(names, chosen, strict=True)]
    for side in sides:
        _check_conditions(side, sides[0])
    return sides


def _side(label: str, row: Sequence[Found]) -> Side:
    parts = [_conditions(each) for each in row]
    first = parts[0]
    for each, part in zip(row, parts, strict=True):
        if part.groups != first.groups or (first.ids and part.ids and part.ids != first.ids):
            raise BenchbenchError(
                f"{label}: the conditions of {each.path} differ from those of {row[0].path}; run it again"
            )
    common = [metric for metric in first.values if all(metric in part.values for part in parts)]
    values = {metric: [part.values[metric] for part in parts] for metric in common}
    return Side(label, tuple(row), first.ids, first.groups, values)


def _conditions(found: Found) -> ByCondition:
    """Return the scores by condition that lie beside the record, or else the record's ranking score alone."""
    beside, paired = found.path.with_name("conditions.parquet"), found.record.paired
    if found.path.name == RECORD and beside.is_file():
        table = read_conditions(beside)
        groups, _ = table.pop("group").factorize()
        ids = tuple(map(str, table.pop("id")))
        return ByCondition(ids, tuple(map(int, groups)), {str(name): list(map(float, table[name])) for name in table})
    stored = conditions.read(found.path, found.record)
    if stored is not None:
        return stored
    if paired is None:
        return ByCondition((), (), {})
    return ByCondition((), paired.groups, {paired.metric: list(paired.values)})


def _check_conditions(side: Side, other: Side) -> None:
    if not side.values:
        raise BenchbenchError(
            f"{side.label} has no values by condition in {side.found[0].path}: name the folder of its run with"
            " --records"
        )
    if len(set(side.groups)) < 2:
        raise BenchbenchError(
            f"the conditions of {side.label} are of one group, which tells no error: run more of them"
        )
    other_ids = side.ids and other.ids and side.ids != other.ids
    if other_ids or side.groups != other.groups:
        raise BenchbenchError(
            f"{side.label} cannot be compared with {other.label}: their conditions differ; run both again"
        )
