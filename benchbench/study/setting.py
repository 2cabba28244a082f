"""What a lab decides before the first person sees an image."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from benchbench.core import WrongUsage
from benchbench.core.uncertainty import STRICT

SINGLE, PAIRS, SIDE_BY_SIDE = "single", "pairs", "side-by-side"
DESIGNS = (SINGLE, PAIRS, SIDE_BY_SIDE)
"""One image, real or fake? A real and a fake in turn, which is fake? Two methods at once, which looks more real?"""
CHOICES = {SINGLE: ("real", "fake"), PAIRS: ("first", "second"), SIDE_BY_SIDE: ("first", "second")}
"""The two answers of each design."""
CONSENT = """You will see images for a short time and say which look real.
It takes some minutes. There are no risks beyond those of looking at a screen.
No personal data are stored: only your answers, the times of the images, and the size and refresh rate of your screen.
Taking part is voluntary. You may close the page at any time; unfinished answers are not used."""
"""What a person reads and accepts where the lab gives no text of its own."""


@dataclass(frozen=True)
class Rules:
    """Whom to exclude, fixed before the study."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    least_vigilance: float = 0.8
    """Exclude a person with a smaller share of right answers to the vigilance trials."""
    most_wrong_timings: float = 0.1
    """Exclude a person with a larger share of trials whose exposure was off by more than one frame."""
    most_monotony: float = 0.95
    """Exclude a person who gave the same answer in a larger share of all trials."""


@dataclass(frozen=True)
class Timing:
    """How long everything lasts, in milliseconds."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    exposure: int = 1000
    """Of each image; 0: until the answer."""
    fixation: int = 500
    """Of the cross before an image."""
    between: int = 600
    """From the first to the second image of a pair."""
    gap: int = 500
    """From an answer to the next cross."""
    mask: int = 0
    """Of a phase-scrambled real image after each image; 0: none."""
    feedback: int = 800
    """Of the right answer, in practice."""


@dataclass(frozen=True)
class Setting:
    """Design, size and seed of a study; everything else follows from it, the runs and the task."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    design: str
    trials: int
    """Scored trials per person."""
    people: int
    """Seats: one list of trials per person."""
    seed: int = 0
    practice: int = 10
    """Trials with feedback before the scored ones, on conditions that are never scored."""
    vigilance_share: float = 0.1
    """How many trials with an obviously bad image come on top, as a share of the scored ones."""
    timing: Timing = field(default_factory=Timing)
    rules: Rules = field(default_factory=Rules)
    pixelated: bool = False
    """Enlarge without smoothing."""
    title: str = "Which images look real?"
    consent: str = CONSENT

    def __post_init__(self) -> None:
        """Raise `WrongUsage` where no study could be made of this."""
        if self.design not in DESIGNS:
            raise WrongUsage(f"design {self.design!r} is not known; the designs are {', '.join(DESIGNS)}")
        if self.trials < 2 or self.people < 1 or self.practice < 0:
            raise WrongUsage("a study has at least two trials per person and one person")
        if self.design == SINGLE and self.trials % 2:
            raise WrongUsage(f"{self.trials} trials: half of them show real images, so give an even number")
        if min(vars(self.timing).values()) < 0 or max(vars(self.timing).values()) > 60_000:
            raise WrongUsage("times are milliseconds from 0 to 60000")

    @property
    def vigilance(self) -> int:
        """How many vigilance trials a person has."""
        return round(self.trials * self.vigilance_share)

    @property
    def choices(self) -> tuple[str, str]:
        """The two answers."""
        return CHOICES[self.design]

    @property
    def conditions_needed(self) -> int:
        """How many conditions one person's list uses, each once."""
        per_trial = 2 if self.design == PAIRS else 1
        return per_trial * (self.trials + self.vigilance + self.practice)
