"""How far a row was checked by somebody else: tiers, and the attestations that give them, beside the records.

`attestations.jsonl` has one JSON object per line, each with its checksum, and is only added to. It says of a record,
by the SHA-256 of its line, what was checked, when, and what was found.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeAlias, get_args

from benchbench.core import BenchbenchError
from benchbench.core.record_json import parsed
from benchbench.core.uncertainty import STRICT
from benchbench.system.envelope import sealed, unsealed
from benchbench.system.files import write_text
from benchbench.system.records import read_text

SCHEMA = 1
FILE = "attestations.jsonl"
Tier: TypeAlias = Literal["reported", "submitted", "rescored", "reproduced", "sealed"]
"""The lowest first."""
Reached: TypeAlias = Literal["submitted", "rescored", "reproduced", "sealed"]
"""What a record can be attested: all but what is only reported, which has no record."""
LETTERS: Mapping[Tier, str] = {"reported": "E", "submitted": "D", "rescored": "C", "reproduced": "B", "sealed": "A"}
MEANINGS: Mapping[Tier, str] = {
    "reported": "printed in a paper",
    "submitted": "the record is valid",
    "rescored": "its scores were computed again here, from its samples",
    "reproduced": "it was sampled again here with a seed that was chosen after submission, and agrees",
    "sealed": "it was scored on conditions that were drawn after submission",
}
ORDER: tuple[Tier, ...] = get_args(Tier)


def _version() -> str:
    """Return the version of the suite, which imports this module in the end."""
    return str(importlib.import_module("benchbench").__version__)


@dataclass(frozen=True)
class Attestation:
    """What was found of one record by somebody who did not make it."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    record: str
    """SHA-256 of the record's line in `records.jsonl`."""
    tier: Reached
    date: str
    """`YYYY-MM-DD`, in UTC."""
    facts: dict[str, bool | int | float | str] = field(default_factory=dict)
    """What was compared and found, by plain names: `{"samples": 6000, "largest difference": 0.0}`."""
    benchbench: str = field(default_factory=_version)
    """The version that checked it."""
    schema: int = SCHEMA


def attestations(folder: Path) -> list[Attestation]:
    """Return the attestations of a leaderboard's folder, in the order of the file; none where it has no such file.

    Raise `BenchbenchError` (`Damaged` where a checksum differs) that names the line.
    """
    path = folder / FILE
    if not path.is_file():
        return []
    lines = enumerate(read_text(path).splitlines(), 1)
    return [parse(line, f"{path}:{number}") for number, line in lines if line.strip()]


def attest(folder: Path, attestation: Attestation) -> None:
    """Append an attestation to a leaderboard's folder, which the caller holds; the same one is not added twice."""
    path = folder / FILE
    known = read_text(path) if path.is_file() else ""
    line = to_line(attestation)
    if line not in known.splitlines():
        ended = known if not known or known.endswith("\n") else known + "\n"
        write_text(path, f"{ended}{line}\n")


def to_line(attestation: Attestation) -> str:
    """Return the attestation as it is stored, with its checksum under `sha256`, without a newline."""
    return sealed(dataclasses.asdict(attestation), indent=None).rstrip("\n")


def parse(line: str, source: str) -> Attestation:
    """Return the attestation of a line; raise `BenchbenchError` where it is none, naming the source."""
    fields = unsealed(line, source)
    schema = fields.get("schema")
    if isinstance(schema, int) and schema > SCHEMA:
        raise BenchbenchError(f"{source}: schema {schema} is of a later benchbench, which reads up to {SCHEMA} here")
    attestation: Attestation = parsed(Attestation, json.dumps(fields), f"{source} is not an attestation")
    return attestation


def tiers_of(found: Iterable[Attestation]) -> dict[str, Tier]:
    """Return the highest tier that is attested of each record, by the record's digest; others are `submitted`."""
    highest: dict[str, Tier] = {}
    for each in found:
        highest[each.record] = max(highest.get(each.record, "submitted"), each.tier, key=ORDER.index)
    return highest
