"""The answers of a study, from its server's log or from the files of a static host."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchbench.core import BenchbenchError, MissingData
from benchbench.study.folder import Key, Study, StudyFolder
from benchbench.study.ledger import read_log
from benchbench.study.messages import Answer, Done, Start, read_message
from benchbench.system.records import read_text

KINDS: dict[str, type] = {"start": Start, "answer": Answer, "done": Done}


@dataclass(frozen=True)
class Sat:
    """What one person did: all answers, in the order of the trials."""

    seat: int
    answers: tuple[Answer, ...]
    screens: tuple[Start, ...]
    """One per opening of the page."""
    finished: bool

    @property
    def simulated(self) -> bool:
        """Whether no person answered."""
        return any(each.simulated for each in self.screens)


def read_answers(folder: StudyFolder, study: Study, key: Key, files: Sequence[Path] = ()) -> list[Sat]:
    """Return what every person did, by seat; raise `BenchbenchError` where answers are not to this study's trials.

    `files` are those of a static host, one per person; they add to the log of the server.
    """
    groups = [_messages(read_log(folder.log), str(folder.log))]
    groups += [_messages(_lines_of(path, study), str(path)) for path in files]
    seats: dict[int, Sat] = {}
    for messages, source in groups:
        for seat in dict.fromkeys(each.seat for each in messages):
            if seat in seats:
                raise BenchbenchError(f"{source}: seat {seat} has answers already; a seat is one person's")
            own = [each for each in messages if each.seat == seat]
            seats[seat] = _sat(seat, own, study, key, source)
    if not seats:
        raise MissingData(f"{folder.path} has no answers yet: `benchbench study serve {folder.path}` collects them")
    return [seats[seat] for seat in sorted(seats)]


def _lines_of(path: Path, study: Study) -> list[dict[str, Any]]:
    try:
        found = json.loads(read_text(path))
        lines = found["lines"]
        own = found["study"]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise BenchbenchError(f"{path} is not a file of answers") from None
    if own != study.id:
        raise BenchbenchError(f"{path} has answers of the study {own}, not of {study.id}")
    if not isinstance(lines, list) or not all(isinstance(line, dict) for line in lines):
        raise BenchbenchError(f"{path} is not a file of answers")
    return lines


def _messages(lines: Sequence[dict[str, Any]], source: str) -> tuple[list[Any], str]:
    found = []
    for number, line in enumerate(lines, 1):
        kind = KINDS.get(str(line.get("kind")))
        if kind is None:
            continue  # who sits where is the server's business
        fields = {name: value for name, value in line.items() if name != "kind"}
        try:
            found.append(read_message(kind, json.dumps(fields)))
        except BenchbenchError as error:
            raise BenchbenchError(f"{source}, line {number}: {error}") from None
    return found, source


def _sat(seat: int, messages: Sequence[Any], study: Study, key: Key, source: str) -> Sat:
    if not 0 <= seat < len(key.seats):
        raise BenchbenchError(f"{source}: there is no seat {seat}")
    trials = key.seats[seat]
    answers = [each for each in messages if isinstance(each, Answer)]
    if [each.trial for each in answers] != list(range(len(answers))) or len(answers) > len(trials):
        raise BenchbenchError(f"{source}: the answers of seat {seat} are not those to its trials, in their order")
    for answer, trial in zip(answers, trials, strict=False):
        fault = answer.fault(study.setting.choices, _moments(study, len(trial.shown)))
        if fault:
            raise BenchbenchError(f"{source}: seat {seat}, trial {answer.trial}: {fault}")
    finished = len(answers) == len(trials) and any(isinstance(each, Done) for each in messages)
    return Sat(seat, tuple(answers), tuple(each for each in messages if isinstance(each, Start)), finished)


def _moments(study: Study, images: int) -> int:
    """Return how many times images appear in a trial: two side by side appear at once."""
    return 1 if study.setting.design == "side-by-side" else images
