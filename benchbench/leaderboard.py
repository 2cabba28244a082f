"""Records to rows: which may stand in one table, in what order; pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from benchbench import comparison
from benchbench.core import Task
from benchbench.records import Record, Score


@dataclass(frozen=True)
class Row:
    """One line of a table."""

    rank: int | None
    """From 1; `None` for reference rows, which read the answers."""
    record: Record
    scores: dict[str, Score]
    """By score specification."""
    rank_range: tuple[int, int] | None = None
    """The best and the worst rank that the paired tests leave open; `None` where nothing was tested."""


@dataclass(frozen=True)
class Tested:
    """What the paired tests of the ranked rows were, and between which rows they could not tell."""

    conditions: int
    groups: int
    pairs: int
    indistinguishable: tuple[tuple[Record, ...], ...]
    """Sets of rows of which no two could be told apart."""


@dataclass(frozen=True)
class Board:
    """The rows that may be compared, and the records that may not stand among them, with the reason."""

    task: str
    ranked_by: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    excluded: tuple[tuple[Record, str], ...]
    tested: Tested | None = None
    """`None` where records lack the values of each condition, or fewer than two rows are ranked."""


def make_board(task: Task, fingerprint: str | None, records: Iterable[Record], off_protocol: bool = False) -> Board:
    """Return the board of the task's records; the newest of each method, options, checkpoint, seed and device counts.

    Rows share task version, fingerprint (that of the newest record where none is given), protocol and score
    identities; a record that does not is excluded, with the reason. `off_protocol` lets shortened runs in.
    """
    newest: dict[object, Record] = {}
    for record in sorted(records, key=lambda each: each.created):
        if record.task["name"] == task.name:
            newest[_method_key(record)] = record
    candidates = list(newest.values())
    standing = [record for record in candidates if record.status == "ok"]
    model = standing[-1] if standing else None
    rows, excluded = [], []
    for record in candidates:
        reason = _why_not(record, task, fingerprint, model, off_protocol)
        if reason:
            excluded.append((record, reason))
        else:
            rows.append(record)
    columns = shown_columns(task, rows)
    ranked, tested = _tested(_ranked(rows, columns), columns[0])
    return Board(task.name, columns[0], columns, ranked, tuple(excluded), tested)


def _method_key(record: Record) -> object:
    method = record.method
    options = tuple(sorted((key, str(value)) for key, value in method["options"].items()))
    protocol = tuple(sorted((key, str(value)) for key, value in record.protocol.items()))
    return method["name"], options, method["checkpoint"], record.seed, record.environment.get("device"), protocol


def _why_not(
    record: Record, task: Task, fingerprint: str | None, model: Record | None, off_protocol: bool
) -> str | None:
    if record.status != "ok":
        return f"{record.status}: {record.reason}"
    assert model is not None
    if record.task["version"] != task.version:
        return f"made with version {record.task['version']} of the task, now {task.version}"
    if record.task["fingerprint"] != (fingerprint or model.task["fingerprint"]):
        return "its test data differ (fingerprint)"
    if record.protocol["off_protocol"] and not off_protocol:
        conditions, samples = record.protocol["num_conditions"], record.protocol["samples_per_condition"]
        return f"off-protocol: {conditions} conditions, {samples} samples each"
    if off_protocol and record.protocol != model.protocol:
        return "another protocol than the newest record's"
    ours, theirs = _identities(model), _identities(record)
    for specification in task.metrics:
        if ours.get(specification) != theirs.get(specification):
            return f"{specification} is of another version or has other weights"
    return None


def _identities(record: Record) -> dict[str, tuple[str, str]]:
    return {score.metric: (score.id, score.weight_hash) for score in record.scores}


def shown_columns(task: Task, records: Sequence[Record]) -> tuple[str, ...]:
    """Return the task's metrics, then the others of its kind under extractors that every row has."""
    shown = list(task.metrics)
    names = {specification.split("[")[0] for specification in task.metrics}
    if records:
        common = set.intersection(*({score.metric for score in record.scores} for record in records))
        for score in records[0].scores:
            if score.metric in common and score.metric not in shown and score.metric.split("[")[0] in names:
                shown.append(score.metric)
    return tuple(shown)


def _ranked(records: Sequence[Record], columns: Sequence[str]) -> tuple[Row, ...]:
    first = columns[0]
    scored = [(record, {score.metric: score for score in record.scores}) for record in records]
    scored.sort(key=lambda pair: _sort_key(pair[1][first]))
    rows, rank = [], 0
    for record, scores in scored:
        reference = bool(record.method["reference"])
        rank += not reference
        rows.append(Row(None if reference else rank, record, scores))
    return tuple(rows)


def _tested(rows: Sequence[Row], metric: str) -> tuple[tuple[Row, ...], Tested | None]:
    """Return the rows with their rank ranges, and what was tested; both as they are where there is nothing to test."""
    ranked = [row for row in rows if row.rank is not None]
    pairs = [row.record.paired for row in ranked]
    higher = ranked[0].scores[metric].higher_is_better if ranked else None
    unlike = any(each.get("metric") != metric or each["groups"] != pairs[0]["groups"] for each in pairs)
    if len(ranked) < 2 or unlike or higher is None:
        return tuple(rows), None
    values, groups = [each["values"] for each in pairs], pairs[0]["groups"]
    ranges = iter(comparison.rank_ranges(values, groups, higher))
    with_ranges = tuple(row if row.rank is None else dataclasses.replace(row, rank_range=next(ranges)) for row in rows)
    alike = tuple(tuple(ranked[i].record for i in members) for members in comparison.indistinguishable(values, groups))
    number = len(ranked) * (len(ranked) - 1) // 2
    return with_ranges, Tested(len(groups), len(set(groups)), number, alike)


def _sort_key(score: Score) -> float:
    return -score.value if score.higher_is_better else score.value
