"""What a record must be to stand on a leaderboard: every gate that `benchbench submit` has."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchbench.core import BenchbenchError, Method
from benchbench.core.declaration import OWN, Declaration
from benchbench.core.differences import Difference, Expected, differences
from benchbench.core.identity import identity_of
from benchbench.core.record import Record, RecordedTask
from benchbench.evaluation.by_condition import text_of
from benchbench.evaluation.leaks import better_than_the_truth, made_of_references
from benchbench.evaluation.scores import paired, score_identity
from benchbench.leaderboards.folder import BoardFolder
from benchbench.leaderboards.here import Here
from benchbench.plugins import registry
from benchbench.runs.directory import read_conditions
from benchbench.specs import format_method, label_of
from benchbench.system.hashes import identity_hash
from benchbench.system.records import digest

FIRST_DATE = datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc)
"""No record is older than the suite."""
CLOCKS = datetime.timedelta(days=1)
"""By how much another machine's clock may be ahead."""


def submit(run: Path, record: Record, boards: Path, here: Here) -> BoardFolder:
    """Add a run's record to its leaderboard's records; raise `BenchbenchError` with the reason where it may not stand.

    It must be whole, made with the task's own protocol, with every metric of the task, on the data, the metrics and the
    weights that are here, from committed code, and its conditions must give its scores.
    """
    folder = BoardFolder(boards, here.task.name, here.task.version)
    reason = refusal(run, record, folder, here)
    if reason is not None:
        raise BenchbenchError(f"{run}: {reason}; run it again")
    folder.add(record, scores_by_condition(run, record, here))
    return folder


def scores_by_condition(run: Path, record: Record, here: Here) -> str:
    """Return the text of a run's scores by condition that its record names; empty where it names none."""
    return text_of(read_conditions(run / "conditions.parquet"), here.task.metrics) if record.by_condition else ""


def refusal(run: Path, record: Record, folder: BoardFolder, here: Here) -> Difference | None:
    """Return the weightiest reason why a run's record may not stand on a leaderboard; `None` where it may."""
    standing = [entry.record for entry in folder.entries()]
    return next(reasons(run, record, here, standing), None)


def reasons(run: Path, record: Record, here: Here, standing: Sequence[Record]) -> Iterator[Difference]:
    """Yield every reason why the record of a run directory may not stand among others, the weightiest first."""
    yield from differences(record, _expected(here))
    yield from _of_code(record, here)
    yield from _of_metrics(record, here)
    yield from _of_conditions(run, record, here)
    if identity_hash(identity_of(record)) != record.run_id:
        yield Difference("identity", found=record.run_id)
    yield from _of_method(record, here)
    yield from better_than_the_truth(record, standing)
    yield from made_of_references(run, record, here.task)


def _expected(here: Here) -> Expected:
    own = [each for each in here.scores if each.specification in here.task.metrics]
    scores = {each.specification: score_identity(each) for each in own}
    return Expected(RecordedTask(here.task.name, here.task.version, here.fingerprint, here.task.test_draw), scores)


def _of_code(record: Record, here: Here) -> Iterator[Difference]:
    if record.environment.git_dirty:
        yield Difference("edited code")
    if record.environment.git_commit is None and not record.environment.installed:
        yield Difference("unknown code")
    if not is_dated(record.created, here.now):
        ends = f"{FIRST_DATE:%Y-%m-%d} and now"
        yield Difference("created", found=record.created, expected=ends)


def is_dated(created: str, now: datetime.datetime) -> bool:
    """Return whether a date is one, in ISO 8601 with its time zone, and can be: not before the suite, not to come."""
    try:
        date = datetime.datetime.fromisoformat(created)
    except ValueError:
        return False
    return date.tzinfo is not None and FIRST_DATE <= date <= now + CLOCKS


def _of_metrics(record: Record, here: Here) -> Iterator[Difference]:
    """Yield the scores beside the task's own that are not what the metrics here would be, or of other conditions."""
    resolved = {each.specification: each for each in here.scores}
    number = record.protocol.num_conditions
    for score in record.scores:
        own = resolved.get(score.metric)
        if own is not None and score.id != own.identity:
            yield Difference("score", score.metric, score.id, own.identity)
        elif own is not None and score.higher_is_better != own.metric.higher_is_better:
            yield Difference("direction", score.metric, str(score.higher_is_better), str(own.metric.higher_is_better))
        elif score.n != number:
            yield Difference("number of conditions", score.metric, str(score.n), str(number))


def _of_conditions(run: Path, record: Record, here: Here) -> Iterator[Difference]:
    """Yield what the scores by condition do not give, or are not of the task's conditions."""
    path = run / "conditions.parquet"
    if not path.is_file():
        yield Difference("no conditions")
        return
    table = read_conditions(path)
    number, test = record.protocol.num_conditions, here.task.examples("test")
    if len(table) != number or number > len(test):
        yield Difference("number of conditions", found=str(len(table)), expected=str(number))
        return
    own = [(each.id, each.group or each.id) for each in (test[i] for i in range(number))]
    if own != list(zip(table["id"], table["group"], strict=True)):
        yield Difference("groups", here.task.name)
    if paired(table, here.task.metrics[0]) != record.paired:
        yield Difference("conditions", here.task.metrics[0])
    if record.by_condition and digest(text_of(table, here.task.metrics)) != record.by_condition:
        yield Difference("scores by condition")
    for score in record.scores:
        if score.metric in table:
            mean = float(table[score.metric].mean())
            if not math.isclose(score.value, mean, rel_tol=1e-9, abs_tol=1e-12):
                yield Difference("mean", score.metric, f"{score.value:g}", f"{mean:g}")


def _of_method(record: Record, here: Here) -> Iterator[Difference]:
    """Yield what the record says of its method that the method does not, where it is installed."""
    method = here.method
    if method is None:
        return
    if record.method.reference != method.reads_the_answers:
        found, expected = (
            "reads" if each else "does not read" for each in (record.method.reference, method.reads_the_answers)
        )
        yield Difference("reference", method.name, found, expected)
    yield from _of_declaration(record, here)
    options = record.method.options
    label = _label(method, options)
    plain = all(isinstance(value, (str, int, float, type(None))) for value in options.values())
    if plain and record.method.label != label:
        yield Difference("label", found=record.method.label, expected=label)


def _of_declaration(record: Record, here: Here) -> Iterator[Difference]:
    """Yield a difference where a record says other things of what its method was trained with than the method does.

    What the checkpoint says is held against it when that is here (`benchbench.runs.training.edited_training`).
    """
    said, kind = record.method.declaration, here.method
    if said is None or kind is None:
        return
    try:
        own = kind(**record.method.options).declaration() or Declaration()
    except Exception:  # of options that another version had
        return
    data = own.data and tuple(here.task.name if each == OWN else each for each in own.data)
    if (said.data, said.pretrained) != (data, own.pretrained):
        yield Difference("declaration", record.method.name)


def _label(kind: type[Method], options: Mapping[str, Any]) -> str:
    """Return what tables call a method with these options."""
    try:
        return label_of(kind(**options), registry().methods)
    except Exception:  # of options that another version had
        return format_method(kind.name, options, kind().options())
