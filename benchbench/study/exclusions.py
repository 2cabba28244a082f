"""Whom a study leaves out, by rules that were fixed when it was made; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from benchbench.core.uncertainty import STRICT
from benchbench.study.answers import Sat
from benchbench.study.design import Trial
from benchbench.study.messages import Answer
from benchbench.study.setting import Setting

UNFINISHED, VIGILANCE, TIMING, MONOTONY = "unfinished", "vigilance", "timing", "monotony"
REASONS = (UNFINISHED, VIGILANCE, TIMING, MONOTONY)


@dataclass(frozen=True)
class Conduct:
    """How one person took the study."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    seat: int
    vigilance: float | None
    """Share of right answers to the vigilance trials; `None` without any."""
    wrong_timings: float
    """Share of trials whose exposure was off by more than one frame."""
    monotony: float
    """Share of trials with the more frequent answer."""
    reasons: tuple[str, ...]
    """Why the person is excluded; empty where not."""


def timed_right(answer: Answer, asked: int) -> bool:
    """Return whether every image was shown as long as asked, within one frame; 0 ms asks for nothing."""
    if not asked:
        return True
    shown = (off - on for on, off in zip(answer.on, answer.off, strict=True))
    return all(abs(each - asked) <= answer.frame * 1.05 for each in shown)  # stamps are rounded


def conduct(sat: Sat, trials: Sequence[Trial], setting: Setting) -> Conduct:
    """Return a person's conduct over all trials but those of practice, and the rules that it breaks."""
    pairs = [(answer, trial) for answer, trial in zip(sat.answers, trials, strict=False) if trial.role != "practice"]
    checks = [answer.choice == trial.right for answer, trial in pairs if trial.role == "vigilance"]
    vigilance = sum(checks) / len(checks) if checks else None
    number = max(1, len(pairs))
    wrong = sum(not timed_right(answer, setting.timing.exposure) for answer, _ in pairs) / number
    monotony = max(Counter(answer.choice for answer, _ in pairs).values(), default=0) / number
    broken = {
        UNFINISHED: not sat.finished,
        VIGILANCE: vigilance is not None and vigilance < setting.rules.least_vigilance,
        TIMING: wrong > setting.rules.most_wrong_timings,
        MONOTONY: monotony > setting.rules.most_monotony,
    }
    reasons = tuple(reason for reason in REASONS if broken[reason])
    return Conduct(sat.seat, vigilance, wrong, monotony, reasons)
