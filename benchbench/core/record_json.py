"""Records and editions as JSON with sorted keys: nothing but numbers is written, and what is read is validated."""

from __future__ import annotations

import dataclasses
import functools
import json
import math
from collections import Counter
from typing import TYPE_CHECKING, Any

from benchbench.core import edition as editions
from benchbench.core.edition import Edition
from benchbench.core.errors import BenchbenchError
from benchbench.core.old_records import modern_edition, modern_record
from benchbench.core.record import SAME_FIELDS, SCHEMA, Record, Score

if TYPE_CHECKING:
    from pydantic import TypeAdapter


def to_json(record: Record, indent: int | None = None) -> str:
    """Return the record as JSON of today's schema; raise `BenchbenchError` where it may not be stored."""
    fault = fault_of(record)
    if fault:
        raise BenchbenchError(f"the record of {record.method.label}: {fault}")
    own = {each.name: _plain(getattr(record, each.name)) for each in dataclasses.fields(Record)}
    try:
        return json.dumps(
            {**own, "task": record.task.facts, "schema": SCHEMA}, indent=indent, sort_keys=True, allow_nan=False
        )
    except ValueError:
        raise BenchbenchError(
            f"the record of {record.method.label} has NaN or infinity: a record holds numbers only"
        ) from None


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return dataclasses.asdict(value) if dataclasses.is_dataclass(value) and not isinstance(value, type) else value


def parse_record(text: str, source: str) -> Record:
    """Return the validated record of a JSON text of any schema; `source` is named in errors."""
    otherwise = f"{source} is not a record"
    fields = _members(text, source)
    schema = fields.get("schema", 2) if isinstance(fields, dict) else SCHEMA
    if isinstance(schema, int) and schema > SCHEMA:
        raise BenchbenchError(f"{otherwise}: schema {schema} is of a later benchbench, which reads up to {SCHEMA} here")
    old = isinstance(fields, dict) and not (isinstance(schema, int) and schema >= SAME_FIELDS)
    record: Record = parsed(Record, json.dumps(modern_record(fields)) if old else text, otherwise)
    fault = fault_of(record)
    if fault:
        raise BenchbenchError(f"{otherwise}: {fault}")
    return record


def _members(text: str, source: str) -> Any:
    """Return what a JSON text holds, `None` where it is no JSON; raise `BenchbenchError` where it has NaN."""
    from pydantic_core import from_json

    def refuse(constant: str) -> None:
        raise BenchbenchError(f"{source} is not a record: it has {constant}; a record holds numbers only")

    try:
        if "NaN" in text or "Infinity" in text:  # in a number, or in a reason
            return json.loads(text, parse_constant=refuse)
        return from_json(text)
    except (ValueError, RecursionError):
        return None  # validation says so


def fault_of(record: Record) -> str:
    """Return why the record's numbers cannot be: doubled scores, negative errors, unlike lengths; empty if they can."""
    for score in record.scores:
        fault = _fault_of_score(score)
        if fault:
            return f"{score.id} {fault}"
    for what, found in (("id", [each.id for each in record.scores]), ("name", [each.metric for each in record.scores])):
        name, number = Counter(found).most_common(1)[0] if found else ("", 0)
        if number > 1:
            return f"scores: {number} have the {what} {name}"
    if record.paired is not None:
        values, groups = record.paired.values, record.paired.groups
        if not values or len(values) != len(groups):
            return f"paired: {len(values)} values and {len(groups)} groups of conditions"
        if not all(map(math.isfinite, values)):
            return "paired: a value is NaN or infinite"
    fault = _fault_of_cost(record)
    if fault:
        return fault
    if min(record.protocol.num_conditions, record.protocol.samples_per_condition) < 1:
        return "protocol: conditions and samples are numbers above zero"
    return ""


def _fault_of_cost(record: Record) -> str:
    """Return which cost or which point of a training's curve is no number that can be; empty where all can."""
    training, cost = record.method.training, record.cost
    spent = (
        {"training.core_seconds": training.core_seconds, "training.gpu_seconds": training.gpu_seconds}
        if training
        else {}
    )
    own: dict[str, float | None] = {f"cost.{name}": value for name, value in vars(cost).items()} if cost else {}
    own |= {f"fast.{name}": value for name, value in vars(record.fast).items()} if record.fast else {}
    for name, value in {**spent, **own}.items():
        if value is not None and not 0 <= value < math.inf:
            return f"{name} is {value}: a number from zero is needed"
    points = training.curve.points if training and training.curve else ()
    for step, value, error in points:
        if step < 0 or not math.isfinite(value) or not 0 <= (error or 0) < math.inf:
            return f"training.curve: after {step} steps {value} ± {error} is no score"
    return ""


def _fault_of_score(score: Score) -> str:
    """Return what is wrong with one number."""
    if not math.isfinite(score.value):
        return f"is {score.value}: a record holds numbers only"
    if score.standard_error is not None and not 0 <= score.standard_error < math.inf:
        return f"has the standard error {score.standard_error}: a record holds numbers only, and errors from zero"
    if score.n < 1:
        return f"is made of {score.n} conditions"
    if score.interval is not None and not -math.inf < score.interval[0] <= score.interval[1] < math.inf:
        return f"has the interval {score.interval}: two numbers are needed, the lower one first"
    return ""


def parse_edition(text: str, source: str) -> Edition:
    """Return the validated edition of a JSON text of any schema; `source` is named in errors."""
    edition: Edition = parsed(Edition, _modern(text), f"{source} is not an edition")
    if edition.schema > editions.SCHEMA:
        raise BenchbenchError(
            f"{source}: schema {edition.schema} is of a later benchbench, which reads up to {editions.SCHEMA}"
        )
    return edition


def _modern(text: str) -> str:
    try:
        fields = json.loads(text)
        if "schema" not in fields:
            return json.dumps(modern_edition(fields))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        pass  # no edition, which validation says
    return text


def parsed(kind: type, text: str, otherwise: str) -> Any:
    """Return the validated object of a JSON text; raise `BenchbenchError` with `otherwise` and the first fault."""
    from pydantic import ValidationError

    try:
        return _adapter(kind).validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise BenchbenchError(f"{otherwise}: {where}{': ' if where else ''}{first['msg']}") from None


@functools.cache
def _adapter(kind: type) -> TypeAdapter[Any]:
    """Return what validates a kind; making it takes longer than to use it."""
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


def schemas() -> dict[str, str]:
    """Return the JSON Schema of what is written, by its noun: `record` and `edition`."""
    return {
        noun: json.dumps(_adapter(kind).json_schema(), indent=1, sort_keys=True)
        for noun, kind in (("record", Record), ("edition", Edition))
    }
