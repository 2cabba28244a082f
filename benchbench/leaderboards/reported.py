"""Numbers that papers print, each with its source; never among measured rows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from benchbench.core import BenchbenchError, MissingData
from benchbench.system.records import read_text


@dataclass(frozen=True)
class Number:
    """One number as it is printed."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid", "allow_inf_nan": False}

    metric: str
    """With what tells it from others of its name: `LPIPS 0.0, AlexNet`."""
    value: str
    """As printed, so that no digit is added: `34.33 ± 2.69`."""
    source: str
    """By its key among the sources."""


@dataclass(frozen=True)
class Method:
    """One row: a method and what is reported of it."""

    name: str
    numbers: tuple[Number, ...] = ()
    reference: bool = False
    note: str = ""


@dataclass(frozen=True)
class Reported:
    """All that papers report of one task's data set."""

    task: str
    about: str
    """What the numbers are of: data, split, how they were made."""
    sources: dict[str, str]
    """Where each number stands, by key."""
    methods: tuple[Method, ...]


def reported_file(boards: Path, task: str) -> Path:
    """Return where a task's reported numbers are kept."""
    return boards / task / "reported.json"


def tasks(boards: Path) -> list[str]:
    """Return the tasks of which there are reported numbers."""
    return [file.parent.name for file in sorted(boards.glob("*/reported.json"))]


def read(boards: Path, task: str) -> Reported:
    """Return what papers report of a task; raise `BenchbenchError` where a number has no source."""
    from pydantic import TypeAdapter, ValidationError

    path = reported_file(boards, task)
    if not path.is_file():
        known = ", ".join(tasks(boards)) or "none"
        raise MissingData(f"no reported numbers of {task} ({path}); there are some of: {known}")
    try:
        reported: Reported = TypeAdapter(Reported).validate_json(read_text(path))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise BenchbenchError(f"{path}: {where}{': ' if where else ''}{first['msg']}") from None
    for method in reported.methods:
        for number in method.numbers:
            if number.source not in reported.sources:
                raise BenchbenchError(f"{path}: {number.metric} of {method.name} has no source ({number.source!r})")
    return reported
