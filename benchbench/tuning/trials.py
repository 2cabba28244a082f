"""Trials of a search, in a file of JSON lines: a first line that says which search, then a line for each trial."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from benchbench.core import BenchbenchError
from benchbench.study.ledger import Ledger, read_log
from benchbench.system.records import digest


@dataclass(frozen=True)
class Trial:
    """One setting of the options, trained and scored."""

    number: int
    """From 0; with the search's seed it fixes the options that are drawn."""
    options: dict[str, Any]
    """All that were given or drawn."""
    training_seed: int
    status: Literal["ok", "failed"]
    reason: str
    score: float | None
    """Of the metric that ranks the task; `None` of a trial that failed."""
    standard_error: float | None
    seconds: float
    """Of training and run together, in the command that finished it."""
    checkpoint: str
    """Its file's name and SHA-256, `NAME sha256:HASH`; empty without one."""
    run_id: str
    """Of the run, whose directory has the record; empty without one."""


class Trials:
    """The trials of one search that are done, and where the next one is written."""

    def __init__(self, path: Path, search: dict[str, Any]) -> None:
        self.path = path
        done = read_search(path)
        if done is not None and done[0] != search:
            raise BenchbenchError(f"{path} is of another search; remove it, or name another folder with -o")
        self.found = [] if done is None else done[1]
        self._ledger = Ledger(path)
        if done is None:
            self._ledger.append(_sealed(search))

    def append(self, trial: Trial) -> None:
        """Write a trial; it is on the disk when this returns."""
        self._ledger.append(_sealed(dataclasses.asdict(trial)))
        self.found.append(trial)


def read_search(path: Path) -> tuple[dict[str, Any], list[Trial]] | None:
    """Return the search of a file and its trials, `None` where nothing is there yet.

    Raise `BenchbenchError` where a line does not have the content of its checksum, or the trials are not in order.
    """
    lines = [_opened(line, f"{path}:{number}") for number, line in enumerate(read_log(path), 1)]
    if not lines:
        return None
    try:
        trials = [Trial(**line) for line in lines[1:]]
    except TypeError:
        raise BenchbenchError(f"{path} is no file of trials that `benchbench tune` wrote") from None
    if [trial.number for trial in trials] != list(range(len(trials))):
        raise BenchbenchError(f"{path} lacks trials; restore the file, or remove it to begin again")
    return lines[0], trials


def _sealed(fields: dict[str, Any]) -> dict[str, Any]:
    return {**fields, "sha256": _digest(fields)}


def _opened(line: dict[str, Any], place: str) -> dict[str, Any]:
    fields = {name: value for name, value in line.items() if name != "sha256"}
    if line.get("sha256") != _digest(fields):
        raise BenchbenchError(f"{place} is damaged: its SHA-256 is of another content; restore the file")
    return fields


def _digest(fields: dict[str, Any]) -> str:
    return digest(json.dumps(fields, sort_keys=True, separators=(",", ":")))
