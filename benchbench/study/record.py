"""What a study found: a record of a kind of its own, which boards are joined to by the ids of its runs."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from benchbench.core import BenchbenchError
from benchbench.core.record import RecordedTask
from benchbench.core.record_json import parsed
from benchbench.core.uncertainty import STRICT
from benchbench.study.exclusions import Conduct
from benchbench.study.folder import Judged
from benchbench.study.resampling import Interval
from benchbench.study.setting import Setting
from benchbench.system.records import read_text

SCHEMA = 1
FOOLING, MISS, SENSITIVITY, CRITERION = "fooling rate", "miss rate", "d'", "criterion"
REALISM, BOTH, STRENGTH = "2(1 - F)", "2(1 - F), both classes", "strength"
HEADLINE = {"single": REALISM, "pairs": FOOLING, "side-by-side": STRENGTH}
"""What boards show as human realism: the paper's own number of each design."""


@dataclass(frozen=True)
class Measure:
    """One number of a method."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    name: str
    value: float
    people: Interval | None
    """Over people, as if the images were fixed."""
    crossed: Interval | None
    """Over people and conditions; the one to report."""


@dataclass(frozen=True)
class MethodScores:
    """What people said of one method."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    method: Judged
    answers: int
    """How many answers to its images."""
    measures: tuple[Measure, ...]

    def get(self, name: str) -> Measure | None:
        """Return the measure of this name, if it is there."""
        return next((each for each in self.measures if each.name == name), None)


@dataclass(frozen=True)
class Contrast:
    """Two methods, judged by the same people."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    first: str
    second: str
    measure: str
    value: float
    """The first one's less the second's."""
    crossed: Interval
    p: float
    adjusted: float
    """p after Holm's correction for all pairs of the study."""


@dataclass(frozen=True)
class Outcome:
    """What a group of people found."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    people: int
    answers: int
    methods: tuple[MethodScores, ...]
    contrasts: tuple[Contrast, ...]


@dataclass(frozen=True)
class StudyRecord:
    """A study with its outcome; nothing in it is of a single person but seat numbers."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    study: str
    """Its id."""
    setting: Setting
    task: RecordedTask
    source: str
    """Who ran it, where and when, in the lab's own words."""
    simulated: bool
    """Made of simulated observers: an exercise, which stands on no board."""
    outcome: Outcome
    """Of the people who are not excluded, without trials of wrong exposure."""
    without_exclusions: Outcome
    """Of everyone who finished, all trials."""
    conducts: tuple[Conduct, ...]
    """Of everyone, with the reasons of exclusion."""
    key_hash: str
    public_hash: str
    answers_hash: str
    """SHA-256 over the answers that were scored."""
    created: str
    schema: int = SCHEMA

    @property
    def headline(self) -> str:
        """The name of the measure that boards show."""
        return HEADLINE[self.setting.design]


def study_to_json(record: StudyRecord) -> str:
    """Return the record as JSON; raise `BenchbenchError` where a number is NaN."""
    try:
        return json.dumps(dataclasses.asdict(record), indent=1, sort_keys=True, allow_nan=False) + "\n"
    except ValueError:
        raise BenchbenchError(f"the record of study {record.study} has NaN: too few answers to score") from None


def read_study(path: Path) -> StudyRecord:
    """Return the validated record of a file; raise `BenchbenchError` where it is none."""
    record: StudyRecord = parsed(StudyRecord, read_text(path), f"{path} is not the record of a study")
    if record.schema > SCHEMA:
        raise BenchbenchError(f"{path}: schema {record.schema} is of a later benchbench")
    return record
