"""Skill: how far a row's ranking score is on the way from ignoring the condition to the truth; pure.

skill = (b - s) / (b - t), clipped to [0, 1], for the score s of the row, b of the baseline and t of the truth. It puts
boards whose scores have other units side by side. It ranks nothing: on one board it is the ranking score on another
scale.
"""

from __future__ import annotations

from dataclasses import dataclass

from benchbench.leaderboards.rows import Board, Row

UNCONDITIONAL, NOISE, ORACLE, REAL = "unconditional", "noise", "oracle", "real"
"""The methods whose rows are the ends of the scale."""
LEAST = 0.0
"""What a score that is a distance cannot fall below."""


@dataclass(frozen=True)
class Scale:
    """The two ends of a board's skill."""

    baseline: str
    """The label of the row that has skill 0."""
    low: float
    """Its score."""
    truth: str
    """The label of the row that has skill 1; empty where no row draws from the true law."""
    high: float
    """Its score; without such a row the least that the score can be."""

    @property
    def at_least(self) -> bool:
        """Whether a skill is a lower bound, as the true law's own score is not known."""
        return not self.truth

    def skill(self, score: float) -> float:
        """Return the skill of a ranking score, in [0, 1]."""
        return min(1.0, max(0.0, (self.low - score) / (self.low - self.high)))


def scale_of(board: Board) -> Scale | None:
    """Return the scale of a board; `None` where it has no baseline or nothing to measure the way to.

    Skill 0 has `unconditional`, or `noise` on a task without conditions. Skill 1 has `oracle`, or `real` on a task
    without conditions. Where neither is there and lower is better, the least possible score stands for the truth.
    """
    rows = {row.label: row for row in board.rows if board.ranked_by in row.scores}
    baseline = rows.get(UNCONDITIONAL) or rows.get(NOISE)
    if baseline is None:
        return None
    score = baseline.scores[board.ranked_by]
    truth = rows.get(ORACLE) or (None if UNCONDITIONAL in rows else rows.get(REAL))
    if truth is None and (score.higher_is_better is not False or score.value <= LEAST):
        return None
    high = truth.scores[board.ranked_by].value if truth else LEAST
    if high == score.value or (high > score.value) != bool(score.higher_is_better):
        return None
    return Scale(baseline.label, score.value, truth.label if truth else "", high)


def best_of(rows: list[Row]) -> Row:
    """Return the best of ranked rows."""
    return min(rows, key=lambda row: row.rank or len(rows))


def family_of(distribution: str) -> str:
    """Return the family of a method: the distribution that brings it, without what all their names share.

    `benchbench-flows 0.1.0` is `flows`; the suite's own methods are `baselines`; `other` where it is not known.
    """
    name = distribution.partition(" ")[0]
    if not name:
        return "other"
    return name.removeprefix("benchbench").removeprefix("-") or "baselines"
