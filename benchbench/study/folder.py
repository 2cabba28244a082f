"""A study as a folder: what is served, and beside it the key and the answers, which are not.

<study>/
    study.json            the setting, the task, the methods, and the hashes of the rest
    key.json              what every trial shows; never served
    public/               the page, the seats' lists and the images under random names: all that is served
    answers/log.jsonl     one line per event, only appended to
    answers/token         of the link, where the study is open to a network
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from benchbench.core import BenchbenchError, MissingData
from benchbench.core.record import RecordedTask
from benchbench.core.record_json import parsed
from benchbench.core.uncertainty import STRICT
from benchbench.study.design import Trial
from benchbench.study.setting import Setting
from benchbench.system.files import write_text
from benchbench.system.hashes import files_hash
from benchbench.system.records import read_text

SCHEMA = 1


@dataclass(frozen=True)
class Judged:
    """A method of a study, and the run whose samples are shown."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    label: str
    run_id: str
    checkpoint: str | None
    reference: bool
    """It reads the answers."""


@dataclass(frozen=True)
class Key:
    """What every trial of every seat shows."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    conditions: tuple[str, ...]
    """The ids of the conditions, by place."""
    seats: tuple[tuple[Trial, ...], ...]


@dataclass(frozen=True)
class Study:
    """A study as it was made."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    id: str
    """The first 12 digits of the SHA-256 of setting, task, methods and key."""
    setting: Setting
    task: RecordedTask
    methods: tuple[Judged, ...]
    key_hash: str
    """SHA-256 of `key.json`."""
    public_hash: str
    """SHA-256 over the names and contents of all that is served."""
    created: str
    schema: int = SCHEMA


class StudyFolder:
    """The folder of one study; what is read is validated."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.public, self.answers = path / "public", path / "answers"
        self.log = self.answers / "log.jsonl"
        self._study, self._key = path / "study.json", path / "key.json"

    def write(self, study: Study, key_text: str) -> None:
        """Write the key, then the study."""
        write_text(self._key, key_text)
        write_text(self._study, json.dumps(dataclasses.asdict(study), indent=1, sort_keys=True) + "\n")

    def read(self) -> Study:
        """Return the study; raise `MissingData` where there is none."""
        if not self._study.is_file():
            raise MissingData(f"{self.path} holds no study: make one with `benchbench study make`")
        study: Study = parsed(Study, read_text(self._study), f"{self._study} is not a study")
        if study.schema > SCHEMA:
            raise BenchbenchError(f"{self._study}: schema {study.schema} is of a later benchbench")
        return study

    def read_key(self, study: Study) -> Key:
        """Return the key; raise `BenchbenchError` where it was changed since the study was made."""
        text = read_text(self._key)
        if hashlib.sha256(text.encode()).hexdigest() != study.key_hash:
            raise BenchbenchError(
                f"{self._key} was changed since the study was made; restore it, or make the study again"
            )
        key: Key = parsed(Key, text, f"{self._key} is not the key of a study")
        return key

    def require_whole(self, study: Study) -> None:
        """Raise `BenchbenchError` where what is served was changed since the study was made."""
        if public_hash(self.public) != study.public_hash:
            raise BenchbenchError(
                f"{self.public} was changed since the study was made; restore it, or make the study again"
            )


def public_hash(public: Path) -> str:
    """Return the SHA-256 over the names and contents of all that is served."""
    return files_hash(public, sorted(each for each in public.rglob("*") if each.is_file()))


def key_text(key: Key) -> str:
    """Return the key as it is stored."""
    return json.dumps(dataclasses.asdict(key), separators=(",", ":"), sort_keys=True) + "\n"
