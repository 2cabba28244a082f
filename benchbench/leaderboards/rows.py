"""Records to rows: which may stand in one table, in what order; pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, variance

from benchbench.core import Task
from benchbench.core.record import Record, Score
from benchbench.stats import paired as comparison


@dataclass(frozen=True)
class Row:
    """One line of a table: a method with its options, trained once or with several seeds."""

    rank: int | None
    """From 1; `None` for reference rows, which read the answers."""
    records: tuple[Record, ...]
    """One a training seed, in the order of these; a single one where nothing is known of a training."""
    scores: dict[str, Score]
    """By score specification; of several trainings the mean, with their spread in its error."""
    label: str
    """The method's label, with what tells it from other rows of that label."""
    rank_range: tuple[int, int] | None = None
    """The best and the worst rank that the paired tests leave open; `None` where nothing was tested."""

    @property
    def record(self) -> Record:
        """The first of the records."""
        return self.records[0]

    @property
    def seeds(self) -> tuple[int, ...]:
        """The training seeds; empty where the records tell of no training."""
        return tuple(record.training["seed"] for record in self.records if record.training)


@dataclass(frozen=True)
class Tested:
    """What the paired tests of the ranked rows were, and between which rows they could not tell."""

    conditions: int
    groups: int
    pairs: int
    indistinguishable: tuple[tuple[str, ...], ...]
    """Sets of rows, by label, of which no two could be told apart."""


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
    """Return the board of the task's records; of one method, options, seeds and device the newest record counts.

    Records that differ in the seed, machine or precision of their training alone make one row. Rows share task version,
    fingerprint (that of the newest record where none is given), protocol and score identities, and the rows of a method
    have the options of its newest record; a record that does not fit is excluded, with the reason. `off_protocol` lets
    shortened runs in.
    """
    newest: dict[object, Record] = {}
    for record in sorted(records, key=lambda each: each.created):
        if record.task["name"] == task.name:
            newest[_run_key(record)] = record
    candidates = list(newest.values())
    standing = [record for record in candidates if record.status == "ok" and not _lacking(record, task)]
    model = max(reversed(standing), key=lambda each: each.created) if standing else None
    of_method = {record.method["name"]: record for record in sorted(standing, key=lambda each: each.created)}
    rows: dict[object, list[Record]] = {}
    excluded = []
    for record in candidates:
        reason = _why_not(record, task, fingerprint, model, off_protocol) or _superseded(record, of_method)
        if reason:
            excluded.append((record, reason))
        else:
            rows.setdefault(row_key(record), []).append(record)
    kept = []
    for trainings in rows.values():
        version = max(trainings, key=lambda each: each.created).method.get("version")
        same = [each for each in trainings if each.method.get("version") == version]
        excluded += [
            (each, f"made with version {each.method.get('version')} of the method, its row with {version}")
            for each in trainings
            if each.method.get("version") != version
        ]
        kept.append(tuple(sorted(same, key=lambda each: each.training.get("seed", 0))))
    columns = shown_columns(task, [record for same in kept for record in same])
    ranked, tested = _tested(_ranked(kept, columns), columns[0])
    return Board(task.name, columns[0], columns, ranked, tuple(excluded), tested)


def row_key(record: Record) -> object:
    """Return what tells a record from those of other rows: all but seed, machine and precision of its training."""
    method, training = record.method, record.training
    options = tuple(sorted((key, str(value)) for key, value in method["options"].items()))
    protocol = tuple(sorted((key, str(value)) for key, value in record.protocol.items()))
    made = ("steps", training.get("steps")) if training else ("checkpoint", method.get("checkpoint"))
    return method["name"], options, made, record.seed, record.environment.get("device"), protocol


def trainings(record: Record, records: Iterable[Record]) -> tuple[Record, ...]:
    """Return the records that make one row with this one, the newest of each training seed, in the order of these."""
    newest: dict[object, Record] = {}
    for each in sorted([*records, record], key=lambda each: each.created):
        if row_key(each) == row_key(record) and each.method.get("version") == record.method.get("version"):
            newest[each.training.get("seed")] = each
    return tuple(sorted(newest.values(), key=lambda each: each.training.get("seed", 0)))


def _run_key(record: Record) -> object:
    return row_key(record), record.training.get("seed")


def _why_not(
    record: Record, task: Task, fingerprint: str | None, model: Record | None, off_protocol: bool
) -> str | None:
    if record.status != "ok":
        return f"{record.status}: {record.reason}"
    lacking = _lacking(record, task)
    if lacking:
        return f"it has no {', '.join(lacking)}"
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


def _superseded(record: Record, of_method: Mapping[str, Record]) -> str | None:
    """Return why a record of a method that has other options by now stands no more."""
    then, now = record.method["options"], of_method[record.method["name"]].method["options"]
    if then.keys() == now.keys():
        return None
    return f"made when {record.method['name']} had other options ({', '.join(sorted(then)) or 'none'})"


def _lacking(record: Record, task: Task) -> list[str]:
    """Return the task's metrics that the record has no score of."""
    scored = {score.metric for score in record.scores}
    return [metric for metric in task.metrics if metric not in scored]


def _identities(record: Record) -> dict[str, tuple[str, str]]:
    return {score.metric: _identity(score) for score in record.scores}


def _identity(score: Score) -> tuple[str, str]:
    return score.id, score.weight_hash


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


def _ranked(rows: Sequence[tuple[Record, ...]], columns: Sequence[str]) -> tuple[Row, ...]:
    first = columns[0]
    labels = _labels([records[0] for records in rows])
    scored = [(records, _merged(records), label) for records, label in zip(rows, labels, strict=True)]
    scored.sort(key=lambda row: _sort_key(row[1][first]))
    ranked, rank = [], 0
    for records, scores, label in scored:
        reference = bool(records[0].method["reference"])
        rank += not reference
        ranked.append(Row(None if reference else rank, records, scores, label))
    return tuple(ranked)


def _labels(records: Sequence[Record]) -> list[str]:
    """Return the methods' labels, with seed, device, steps or checkpoint where the label alone says too little."""
    alike: dict[str, list[Record]] = {}
    for record in records:
        alike.setdefault(str(record.method["label"]), []).append(record)
    return [_label(record, alike[str(record.method["label"])]) for record in records]


def _label(record: Record, alike: Sequence[Record]) -> str:
    own, parts = str(record.method["label"]), []
    if len({each.seed for each in alike}) > 1:
        parts.append(f"seed {record.seed}")
    if len({each.environment.get("device") for each in alike}) > 1:
        parts.append(str(record.environment.get("device")))
    if len({each.training.get("steps") for each in alike}) > 1 and record.training:
        parts.append(f"{record.training.get('steps')} steps")
    if len({each.method.get("checkpoint") for each in alike}) > 1 and not record.training:
        parts.append(f"checkpoint {str(record.method['checkpoint'])[:8]}")
    return f"{own} ({', '.join(parts)})" if parts else own


def _merged(records: Sequence[Record]) -> dict[str, Score]:
    """Return the scores that all of a row's records have under one identity, of each the mean over the records."""
    found = [{score.metric: score for score in record.scores} for record in records]
    if len(found) == 1:
        return found[0]
    return {
        metric: merged_score([scores[metric] for scores in found])
        for metric, own in found[0].items()
        if all(metric in each and _identity(each[metric]) == _identity(own) for each in found)
    }


def merged_score(scores: Sequence[Score]) -> Score:
    """Return the mean of one score over trainings of one row, two at least.

    All meet the same conditions, so the error over these is taken as shared, which is cautious: its variance is the
    mean of theirs, and to it comes the variance of the mean over seeds.
    """
    values, number = [score.value for score in scores], len(scores)
    between = variance(values) / number
    errors = [score.standard_error for score in scores]
    within = [error**2 for error in errors if error is not None]
    if len(within) == number:
        squared, uncertainty = fmean(within) + between, f"{scores[0].uncertainty} and {number} training seeds"
    else:
        squared, uncertainty = between, f"standard error over {number} training seeds"
    return dataclasses.replace(
        scores[0],
        value=fmean(values),
        standard_error=squared**0.5,
        uncertainty=uncertainty,
        interval=None,
        detail=" / ".join(dict.fromkeys(score.detail for score in scores if score.detail)),
        flag="; ".join(dict.fromkeys(score.flag for score in scores if score.flag)),
    )


def _tested(rows: Sequence[Row], metric: str) -> tuple[tuple[Row, ...], Tested | None]:
    """Return the rows with their rank ranges, and what was tested; both as they are where there is nothing to test."""
    ranked = [row for row in rows if row.rank is not None]
    paired = [record.paired for row in ranked for record in row.records]
    higher = ranked[0].scores[metric].higher_is_better if ranked else None
    unlike = any(each.get("metric") != metric or each["groups"] != paired[0]["groups"] for each in paired)
    if len(ranked) < 2 or unlike or higher is None:
        return tuple(rows), None
    values = [[record.paired["values"] for record in row.records] for row in ranked]
    groups = paired[0]["groups"]
    pairs = comparison.pairwise(values, groups)
    ranges = iter(comparison.rank_ranges(pairs, len(ranked), higher))
    with_ranges = tuple(row if row.rank is None else dataclasses.replace(row, rank_range=next(ranges)) for row in rows)
    alike = tuple(tuple(ranked[i].label for i in members) for members in comparison.indistinguishable(pairs))
    return with_ranges, Tested(len(groups), len(set(groups)), len(pairs), alike)


def _sort_key(score: Score) -> float:
    return -score.value if score.higher_is_better else score.value
