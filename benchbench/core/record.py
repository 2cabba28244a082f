"""Records: one run each, as JSON with sorted keys; nothing but numbers goes in, and what is read is validated."""

from __future__ import annotations

import dataclasses
import functools
import json
import math
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from benchbench.core import BenchbenchError

if TYPE_CHECKING:
    from pydantic import TypeAdapter

SCHEMA = 2
"""Of records and of editions."""
_FIELDS: dict[str, dict[str, type]] = {
    "task": {"name": str, "version": int, "fingerprint": str},
    "protocol": {"num_conditions": int, "samples_per_condition": int, "off_protocol": bool},
    "method": {"name": str, "label": str, "options": dict, "reference": bool},
}
"""What the mappings of a record hold at least."""


@dataclass(frozen=True)
class Score:
    """One number of a record, with all that tells it from another."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid", "allow_inf_nan": False}

    id: str
    """In full: `diversity@1[lpips-alex@0.1,64px]`."""
    metric: str
    features: str | None
    value: float
    standard_error: float | None
    uncertainty: str
    n: int
    higher_is_better: bool | None
    weight_hash: str = ""
    interval: tuple[float, float] | None = None
    """95 % bootstrap interval, where there is one."""
    detail: str = ""
    """What else the number was made with: N of both sides, a threshold."""
    flag: str = ""
    """Why the number should not be trusted as it stands."""


@dataclass(frozen=True)
class Record:
    """One run: a task, a method with its options, a seed, and what came of it."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid", "allow_inf_nan": False}

    task: dict[str, Any]
    """`name`, `version`, `fingerprint`."""
    protocol: dict[str, Any]
    """The protocol's fields as run, and `off_protocol`: true if they are not the task's own."""
    method: dict[str, Any]
    """`name`, `version`, `options`, `distribution`, `checkpoint` (SHA-256 or null), `reference` (never ranked), and
    `training` (null or absent where nothing is known of it): its `seed`, `steps`, `device`, …"""
    seed: int
    status: Literal["ok", "skipped", "failed"]
    reason: str
    scores: tuple[Score, ...] = ()
    timing: dict[str, float] = field(default_factory=dict)
    """`seconds_per_image` (sampling only, device synchronised), `sampling_seconds`, `wall_seconds`."""
    peak_memory_bytes: int = 0
    environment: dict[str, Any] = field(default_factory=dict)
    created: str = ""
    run_id: str = ""
    paired: dict[str, Any] = field(default_factory=dict)
    """What methods are compared by, condition for condition: `metric`, its `values`, and the `groups` of conditions."""
    schema: int = SCHEMA

    @property
    def training(self) -> dict[str, Any]:
        """How the method was trained; empty where the record does not tell with which seed."""
        training = self.method.get("training") or {}
        return {} if training.get("seed") is None else training


@dataclass(frozen=True)
class Standing:
    """One ranked row of an edition."""

    label: str
    rank: int
    best: int
    """The ranks that the paired tests leave open, from `best` …"""
    worst: int
    """… to `worst`."""
    value: float
    """Of the score that ranks; the mean over trainings where there are several."""
    records: tuple[str, ...]
    """SHA-256 of the lines of the row's records, one a training seed."""


@dataclass(frozen=True)
class Edition:
    """A numbered state of a leaderboard that does not change any more."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid", "allow_inf_nan": False}

    task: str
    task_version: int
    fingerprint: str
    number: int
    """From 1."""
    date: str
    """`YYYY-MM-DD`."""
    benchbench: str
    """The version that published it."""
    ranked_by: str
    records: tuple[str, ...]
    """SHA-256 of the line of every record that it shows, in their order; references are among them."""
    standings: tuple[Standing, ...]
    """The ranked rows."""
    changes: tuple[str, ...]
    """What is other than in the edition before, a sentence each."""
    previous: str
    """SHA-256 of the file of the edition before; empty for the first."""
    num_rows: int = 0
    """How many rows the records make, references among them."""
    schema: int = SCHEMA
    """1 where the file has no such field: there a standing has one `record`."""


def to_json(record: Record, indent: int | None = None) -> str:
    """Return the record as JSON with sorted keys; NaN and infinity are refused."""
    for score in record.scores:
        for value in (score.value, score.standard_error):
            if value is not None and not math.isfinite(value):
                raise BenchbenchError(f"{score.id} is {value}: a record holds numbers only")
    own = {each.name: getattr(record, each.name) for each in dataclasses.fields(Record)}
    own["scores"] = [dataclasses.asdict(score) for score in record.scores]
    try:
        return json.dumps(own, indent=indent, sort_keys=True, allow_nan=False)
    except ValueError:
        raise BenchbenchError(
            f"the record of {record.method.get('label')} has NaN or infinity: a record holds numbers only"
        ) from None


def identity_of(record: Record, batch_size: int | None = None) -> dict[str, Any]:
    """Return everything that could change the run's numbers, whose hash is its id.

    `batch_size` is that of a method whose samples depend on it.
    """
    identity: dict[str, Any] = {
        "schema": record.schema,
        "task": record.task,
        "protocol": {key: value for key, value in record.protocol.items() if key != "off_protocol"},
        "method": {key: record.method.get(key) for key in ("name", "version", "options", "checkpoint")},
        "seed": record.seed,
        "device": str(record.environment.get("device")).split(":")[0],
        "scores": {score.id: score.weight_hash for score in record.scores},
    }
    return identity if batch_size is None else {**identity, "batch_size": batch_size}


def read_record(path: Path) -> Record:
    """Return the validated record of a JSON file; raise `BenchbenchError` that names what is wrong."""
    return parse_record(read_text(path), str(path))


def read_text(path: Path) -> str:
    """Return the text of a file; raise `BenchbenchError` where it cannot be read or is no text."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BenchbenchError(f"{path} cannot be read ({error})") from None


def parse_record(text: str, source: str) -> Record:
    """Return the validated record of a JSON text; `source` is named in errors."""
    _refuse_nan(text, source)
    record: Record = _parsed(Record, text, f"{source} is not a record")
    wrong = _wrong_inside(record)
    if wrong:
        raise BenchbenchError(f"{source} is not a record: {wrong}")
    return record


def _refuse_nan(text: str, source: str) -> None:
    """Raise `BenchbenchError` if a JSON text has NaN or infinity anywhere, which standard JSON lacks."""

    def refuse(constant: str) -> None:
        raise BenchbenchError(f"{source} is not a record: it has {constant}; a record holds numbers only")

    if "NaN" in text or "Infinity" in text:
        with suppress(ValueError):  # no JSON at all, which validation tells
            json.loads(text, parse_constant=refuse)


def _wrong_inside(record: Record) -> str:
    """Return what the record's mappings lack or have of another kind; empty if nothing."""
    if record.schema > SCHEMA:
        return f"schema {record.schema} is of a later benchbench, which reads up to {SCHEMA} here"
    for part, fields in _FIELDS.items():
        for name, kind in fields.items():
            mapping: dict[str, Any] = getattr(record, part)
            if name not in mapping:
                return f"{part}.{name}: missing"
            if not isinstance(mapping[name], kind) or (kind is int and isinstance(mapping[name], bool)):
                return f"{part}.{name}: {mapping[name]!r} is no {kind.__name__}"
    training = record.method.get("training")
    if training is not None and not (isinstance(training, dict) and type(training.get("seed", 0)) in (int, type(None))):
        return "method.training: null, or what holds the seed as a whole number"
    return _wrong_pairs(record.paired) if record.paired else ""


def _wrong_pairs(paired: dict[str, Any]) -> str:
    values, groups = paired.get("values"), paired.get("groups")
    if not isinstance(paired.get("metric"), str) or not isinstance(values, list) or not isinstance(groups, list):
        return "paired: metric, values and groups are wanted"
    if not values or len(values) != len(groups):
        return f"paired: {len(values)} values of {len(groups)} conditions"
    if not all(type(value) in (int, float) for value in values) or not all(type(group) is int for group in groups):
        return "paired: values are numbers, and groups whole ones"
    return ""


def parse_edition(text: str, source: str) -> Edition:
    """Return the validated edition of a JSON text; `source` is named in errors."""
    edition: Edition = _parsed(Edition, _modern(text), f"{source} is not an edition")
    if edition.schema > SCHEMA:
        raise BenchbenchError(f"{source}: schema {edition.schema} is of a later benchbench, which reads up to {SCHEMA}")
    return edition


def _modern(text: str) -> str:
    """Return an edition of schema 1, which never changes its file, in today's fields; another text as it is."""
    try:
        fields = json.loads(text)
        if "schema" not in fields:
            standings = [{"records": [each.pop("record")], **each} for each in fields["standings"]]
            return json.dumps({**fields, "standings": standings, "num_rows": len(fields["records"]), "schema": 1})
    except (ValueError, TypeError, KeyError, AttributeError):
        pass  # no edition at all, which validation tells
    return text


def _parsed(kind: type, text: str, otherwise: str) -> Any:
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


def find_records(root: Path) -> list[tuple[Path, Record]]:
    """Return every record under a folder of runs, or in a `.jsonl` file, in the order of their paths."""
    if root.is_file():
        lines = [line for line in read_text(root).splitlines() if line.strip()]
        return [(root, parse_record(line, f"{root}:{number}")) for number, line in enumerate(lines, 1)]
    return [(path, read_record(path)) for path in record_files(root)]


def record_files(root: Path) -> list[Path]:
    """Return the file of every record under a folder of runs, in the order of their paths."""
    return sorted(root.glob("**/record.json"))
