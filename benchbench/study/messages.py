"""What the page sends: typed, bounded, nothing else accepted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from benchbench.core import BenchbenchError
from benchbench.core.record_json import parsed
from benchbench.core.uncertainty import STRICT

LONGEST = 1e8
"""Milliseconds: more than a day is no time of an answer."""


@dataclass(frozen=True)
class Sit:
    """A person opens the page."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    another: bool = False
    """A new person, after the one before has finished in this browser."""


@dataclass(frozen=True)
class Start:
    """A person begins, or goes on after a reload: what the screen is."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    seat: int
    screen: tuple[float, float]
    """Width and height of the window in CSS pixels."""
    ratio: float
    """Device pixels per CSS pixel."""
    frame: float
    """Milliseconds per frame."""
    touch: bool
    colour: Literal["", "yes", "no"]
    """Whether the person sees colours as most people do; empty: not said."""
    visit: str = ""
    simulated: bool = False


@dataclass(frozen=True)
class Answer:
    """One answer, with the time stamps of the frames in which each image appeared and went."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    seat: int
    trial: int
    choice: str
    milliseconds: float
    """From the last image's offset to the answer."""
    on: tuple[float, ...]
    off: tuple[float, ...]
    frame: float
    """Milliseconds per frame."""
    visit: str = ""

    def fault(self, choices: tuple[str, str], images: int) -> str:
        """Return why this can be no answer to a trial; empty where it can."""
        if self.choice not in choices:
            return f"choice {self.choice!r} is none of {', '.join(choices)}"
        if not len(self.on) == len(self.off) == images:
            return f"{len(self.on)} onsets and {len(self.off)} offsets for {images} images"
        stamps = [stamp for pair in zip(self.on, self.off, strict=True) for stamp in pair]
        if any(after < before for before, after in zip(stamps, stamps[1:], strict=False)):
            return "time stamps run backwards"
        if min(*stamps, self.milliseconds) < 0 or max(*stamps, self.milliseconds, self.frame) > LONGEST:
            return "times are milliseconds from 0 to a day"
        if self.frame <= 0:
            return "a frame lasts longer than nothing"
        return ""


@dataclass(frozen=True)
class Done:
    """A person has answered every trial."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    seat: int
    visit: str = ""


def read_message(kind: type, text: str) -> Any:
    """Return the message of a JSON text; raise `BenchbenchError` where it is none."""
    try:
        return parsed(kind, text, "refused")
    except RecursionError:
        raise BenchbenchError("refused: nested too deeply") from None
