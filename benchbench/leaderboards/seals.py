"""Sealed editions: a draw of the test that nobody could know when the rows were frozen, beside a board's records.

<task>/v<version>/sealed/0001/
    commitment.json     the SHA-256 of a secret, and the edition whose rows are frozen; published first
    opening.json        the secret, the draw that follows from it, and which row became which record; published last
    records.jsonl       the records of the rows on that draw, one per line
"""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from benchbench.core import BenchbenchError, MissingData
from benchbench.core.record import Entry, Record
from benchbench.core.record_json import parsed, to_json
from benchbench.core.uncertainty import STRICT
from benchbench.leaderboards.folder import BoardFolder
from benchbench.system.files import write_text
from benchbench.system.records import digest, read_entries, read_text

SCHEMA = 1
SECRET_BYTES = 32


@dataclass(frozen=True)
class Commitment:
    """What is published before the draw: it fixes the secret and the rows."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    task: str
    task_version: int
    number: int
    """From 1."""
    commitment: str
    """`commitment_of` the secret."""
    edition: int
    """Whose rows are frozen: each record names its method, version, options and the SHA-256 of its checkpoint."""
    edition_sha256: str
    """Of the edition's file."""
    date: str
    """`YYYY-MM-DD`, in UTC."""
    schema: int = SCHEMA


@dataclass(frozen=True)
class Opened:
    """What became of one frozen record."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    public: str
    """SHA-256 of its line in the board's `records.jsonl`."""
    sealed: str = ""
    """SHA-256 of the line of its record on the draw; empty where it was not run."""
    why: str = ""
    """Why it was not run."""


@dataclass(frozen=True)
class Opening:
    """What is published after the runs: everybody can compute the draw again."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    secret: str
    """64 hexadecimal digits."""
    draw: int
    """`draw_of` the secret."""
    date: str
    """`YYYY-MM-DD`, in UTC."""
    commitment_sha256: str
    """Of `commitment.json`."""
    rows: tuple[Opened, ...]
    """One per record of the edition."""
    schema: int = SCHEMA


def new_secret() -> str:
    """Return 32 random bytes as hexadecimal digits."""
    return secrets.token_hex(SECRET_BYTES)


def commitment_of(secret: str, task: str, version: int) -> str:
    """Return the SHA-256 of the secret's bytes and `task@version`: it binds the secret and does not disclose it."""
    return hashlib.sha256(bytes.fromhex(secret) + _about(task, version)).hexdigest()


def draw_of(secret: str, task: str, version: int) -> int:
    """Return the first 8 bytes of HMAC-SHA256(secret, `task@version`) as a number, the most significant byte first."""
    return int.from_bytes(hmac.digest(bytes.fromhex(secret), _about(task, version), "sha256")[:8], "big")


def is_secret(text: str) -> bool:
    """Return whether a text is a secret as `new_secret` makes it."""
    return len(text) == 2 * SECRET_BYTES and set(text) <= set("0123456789abcdef")


def _about(task: str, version: int) -> bytes:
    return f"{task}@{version}".encode()


class Seal:
    """The folder of one sealed edition."""

    def __init__(self, folder: BoardFolder, number: int) -> None:
        self.folder, self.number = folder, number
        self.path = folder.path / "sealed" / f"{number:04d}"
        self.commitment_file, self.opening_file = self.path / "commitment.json", self.path / "opening.json"
        self.records_file = self.path / "records.jsonl"

    @property
    def is_open(self) -> bool:
        """Whether its secret is published."""
        return self.opening_file.is_file()

    def commitment(self) -> Commitment:
        """Return the commitment; raise `BenchbenchError` where it is none."""
        found: Commitment = _read(Commitment, self.commitment_file)
        return found

    def opening(self) -> Opening:
        """Return the opening; raise `BenchbenchError` where it is none."""
        found: Opening = _read(Opening, self.opening_file)
        return found

    def entries(self) -> list[Entry]:
        """Return the records on the draw with the SHA-256 of their lines."""
        return read_entries(self.records_file) if self.records_file.is_file() else []

    def commit(self, commitment: Commitment) -> None:
        """Write the commitment; the board's folder is held by the caller."""
        write_text(self.commitment_file, _text(commitment))

    def open(self, opening: Opening, records: list[Record]) -> None:
        """Write the records, then the opening; the board's folder is held by the caller."""
        write_text(self.records_file, "".join(to_json(record) + "\n" for record in records))
        write_text(self.opening_file, _text(opening))

    def require(self, secret: str) -> int:
        """Return the draw of a secret; raise `BenchbenchError` unless it is the one that was committed to."""
        task, version = self.folder.task, self.folder.version
        if not is_secret(secret) or commitment_of(secret, task, version) != self.commitment().commitment:
            raise BenchbenchError(f"this secret is not the one that {self.commitment_file} commits to")
        return draw_of(secret, task, version)


def seals(folder: BoardFolder) -> list[Seal]:
    """Return the sealed editions of a board, the first one first; raise `BenchbenchError` where one is missing."""
    numbers = sorted(int(path.name) for path in (folder.path / "sealed").glob("[0-9]*") if path.name.isdecimal())
    for number, expected in zip(numbers, range(1, len(numbers) + 1), strict=True):
        if number != expected:
            raise BenchbenchError(f"{folder.path}: sealed edition {expected} is missing; they are never removed")
    return [Seal(folder, number) for number in numbers]


def open_seal(folder: BoardFolder) -> Seal:
    """Return the newest sealed edition, which waits for its runs; raise `MissingData` where none does."""
    found = seals(folder)
    if not found or found[-1].is_open:
        raise MissingData(f"{folder.path} has no sealed edition to run: start one with `benchbench seal commit`")
    return found[-1]


def commit(folder: BoardFolder, secret: str, date: str) -> Seal:
    """Freeze the rows of the newest edition under a secret; raise `BenchbenchError` where another one is not open yet.

    The commitment is written; the secret is the caller's to keep.
    """
    with folder.held():
        found, editions = seals(folder), folder.editions()
        if found and not found[-1].is_open:
            raise BenchbenchError(f"{found[-1].path} is not published yet: run `benchbench seal publish` first")
        if not editions:
            raise MissingData(f"{folder.path} has no edition whose rows could be frozen: run `benchbench publish`")
        last, seal = editions[-1], Seal(folder, len(found) + 1)
        frozen = digest(read_text(folder.edition_file(last.number)))
        hashed = commitment_of(secret, folder.task, folder.version)
        seal.commit(Commitment(folder.task, folder.version, seal.number, hashed, last.number, frozen, date))
        return seal


def _text(content: Commitment | Opening) -> str:
    return json.dumps(dataclasses.asdict(content), indent=1, sort_keys=True) + "\n"


def _read(kind: type[Any], path: Path) -> Any:
    return parsed(kind, read_text(path), f"{path} is no {kind.__name__.lower()} of a sealed edition")
