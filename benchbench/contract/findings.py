"""What a check is, what it finds, and the line to look at."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Passed:
    """All is as the contract demands."""

    seen: str


@dataclass(frozen=True)
class Warned:
    """Allowed, but seldom meant."""

    seen: str
    advice: str


@dataclass(frozen=True)
class Failed:
    """Not as the contract demands."""

    seen: str
    expected: str
    where: str = ""
    """`file:line` to look at."""


@dataclass(frozen=True)
class Skipped:
    """Not looked at."""

    reason: str
    after: str = ""
    """The check that failed or was not looked at, so that this one would mean nothing."""


Finding = Passed | Warned | Failed | Skipped


@dataclass(frozen=True)
class Check:
    """A named demand of the contract."""

    look: Callable[[Any], Finding]
    """The function from a subject to a finding; its first docstring line says what is demanded."""
    needs: tuple[str, ...] = ()
    """Checks without which this one means nothing."""
    guarded: bool = True
    """It runs the plugin's code in this process: within the time limit, in a folder of its own."""

    @property
    def name(self) -> str:
        """Its function's name, with hyphens."""
        return self.look.__name__.replace("_", "-")

    @property
    def demand(self) -> str:
        """What is demanded, in one sentence."""
        return inspect.cleandoc(self.look.__doc__ or "").splitlines()[0]


def sentence(finding: Finding) -> str:
    """Return the finding in words: what was seen, what was expected or is advised, where to look."""
    if isinstance(finding, Passed):
        return finding.seen
    if isinstance(finding, Skipped):
        return f"not looked at: {finding.reason}"
    if isinstance(finding, Warned):
        return f"{finding.seen}; {finding.advice}"
    where = f"; see {shortened(finding.where)}" if finding.where else ""
    return f"{finding.seen}; expected {finding.expected}{where}"


def status(finding: Finding) -> str:
    """Return `passed`, `warned`, `failed` or `skipped`."""
    return type(finding).__name__.lower()


def line_of(function: Any) -> str:
    """Return `file:line` of a function or a class; empty for what has no source."""
    try:
        found = inspect.unwrap(function)
        return f"{inspect.getsourcefile(found)}:{inspect.getsourcelines(found)[1]}"
    except (TypeError, OSError):
        return ""


def raised_at(error: BaseException, files: Path) -> str:
    """Return `file:line` of the innermost frame in the plugin's files, or of the innermost one at all."""
    return innermost(traceback.extract_tb(error.__traceback__), files)


def innermost(frames: traceback.StackSummary, files: Path) -> str:
    """Return `file:line` of the innermost frame that lies in `files`, or of the innermost one that is not ours."""
    here = Path(__file__).parent
    others = [frame for frame in frames if here not in Path(frame.filename).parents]
    own = [frame for frame in others if Path(frame.filename) == files or files in Path(frame.filename).parents]
    chosen = (own or others or [*frames])[-1:]
    return "".join(f"{frame.filename}:{frame.lineno}" for frame in chosen)


def shortened(where: str) -> str:
    """Return `file:line` relative to the working directory where it lies below it."""
    path = Path(where)
    return str(path.relative_to(Path.cwd())) if Path.cwd() in path.parents else where
