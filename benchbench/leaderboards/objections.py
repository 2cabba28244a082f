"""Objections to records, beside them: what was objected to, by which rule, and what was decided.

`objections.jsonl` has one JSON object per line and is only added to. A decision is a further line on the same record
and rule: the last one counts. The next edition leaves out the records whose objection was upheld; those that stand
never change.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeAlias, get_args

from benchbench.core import BenchbenchError
from benchbench.core.record_json import parsed
from benchbench.core.uncertainty import STRICT
from benchbench.system.files import write_text
from benchbench.system.records import read_text

FILE = "objections.jsonl"
State: TypeAlias = Literal["open", "upheld", "rejected"]
STATES: tuple[State, ...] = get_args(State)


@dataclass(frozen=True)
class Objection:
    """An objection to one record, or a decision on it."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    row: str
    """SHA-256 of the record's line in `records.jsonl`."""
    rule: str
    """The rule that is broken, in a few words: `trained on the test`."""
    text: str
    """What was found; of a decision, why."""
    state: Literal["open", "upheld", "rejected"]
    date: str
    """`YYYY-MM-DD`, in UTC."""


def objections(folder: Path) -> list[Objection]:
    """Return the lines of a leaderboard's folder, in their order; none where it has no such file.

    Raise `BenchbenchError` that names the line which is none.
    """
    path = folder / FILE
    if not path.is_file():
        return []
    lines = enumerate(read_text(path).splitlines(), 1)
    return [_parsed(line, f"{path}:{number}") for number, line in lines if line.strip()]


def standing(found: Iterable[Objection]) -> list[Objection]:
    """Return the newest line on each record and rule."""
    return list({(each.row, each.rule): each for each in found}.values())


def struck(found: Iterable[Objection]) -> dict[str, str]:
    """Return the records that the next edition leaves out, by digest, with the rule of what was upheld."""
    return {each.row: each.rule for each in standing(found) if each.state == "upheld"}


def add(folder: Path, found: Sequence[Objection]) -> None:
    """Append objections to a leaderboard's folder, which the caller holds.

    Raise `BenchbenchError` where a decision is of no objection that is there.
    """
    path, known = folder / FILE, {(each.row, each.rule) for each in objections(folder)}
    for each in found:
        if each.state != "open" and (each.row, each.rule) not in known:
            raise BenchbenchError(f"{path} has no objection to {each.row[:12]} by the rule {each.rule!r} to decide on")
    before = read_text(path) if path.is_file() else ""
    lines = (json.dumps(dataclasses.asdict(each), sort_keys=True) + "\n" for each in found)
    write_text(path, before + "".join(lines))


def _parsed(line: str, source: str) -> Objection:
    objection: Objection = parsed(Objection, line, f"{source} is not an objection")
    return objection
