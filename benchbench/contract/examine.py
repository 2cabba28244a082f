"""Checks, made one by one: within the time limit, after those they need, whatever the plugin raises."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from benchbench.contract.findings import Check, Failed, Finding, Skipped, raised_at
from benchbench.contract.guard import OutOfTime, guarded


class Subject(Protocol):
    """What is checked."""

    label: str
    seconds: float
    """The time limit of a check."""
    found: dict[str, Finding]
    """The findings of the checks made so far, by name."""

    @property
    def files(self) -> Path:
        """The plugin's file, or the folder of its package."""


@dataclass(frozen=True)
class Line:
    """One line of a report."""

    subject: str
    check: str
    finding: Finding


def examine(subject: Subject, checks: Sequence[Check]) -> Iterator[Line]:
    """Yield a line for each check of the subject, in order."""
    for check in checks:
        yield Line(subject.label, check.name, look(subject, check, checks))


def look(subject: Subject, check: Check, checks: Sequence[Check]) -> Finding:
    """Return the finding of a check, made now or before; of `checks`, those that it needs are made first."""
    if check.name not in subject.found:
        subject.found[check.name] = _look(subject, check, checks)
    return subject.found[check.name]


def _look(subject: Subject, check: Check, checks: Sequence[Check]) -> Finding:
    for needed in (each for each in checks if each.name in check.needs):
        before = look(subject, needed, checks)
        if isinstance(before, Failed):
            return Skipped(f"{needed.name} failed", after=needed.name)
        if isinstance(before, Skipped):
            return before if before.after else Skipped(f"{needed.name} was not", after=needed.name)
    try:
        if not check.guarded:
            return check.look(subject)
        with guarded(subject.seconds):
            return check.look(subject)
    except OutOfTime as error:
        return Failed(str(error), "an answer within the time limit (--timeout)", raised_at(error, subject.files))
    except Exception as error:
        text = " ".join(str(error).split())[:300]
        seen = f"{type(error).__name__}: {text}" if text else type(error).__name__
        return Failed(f"it raised {seen}", "no exception", raised_at(error, subject.files))
