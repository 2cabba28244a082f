"""The p-values of every pair of a board's first rows, as a table; pure."""

from __future__ import annotations

from dataclasses import dataclass

from benchbench.leaderboards.rows import Board
from benchbench.stats.paired import LEVEL


@dataclass(frozen=True)
class PValue:
    """One pair."""

    text: str
    alike: bool
    """Not distinguishable."""


@dataclass(frozen=True)
class Line:
    """A row against every row before it."""

    label: str
    cells: tuple[PValue, ...]


def of_board(board: Board) -> tuple[Line, ...]:
    """Return the lines of the first tested rows; empty where nothing was tested."""
    if board.tested is None:
        return ()
    tested = [row.label for row in board.rows if row.letters]
    return tuple(
        Line(label, tuple(PValue(_short(p), p > LEVEL) for p in values))
        for label, values in zip(tested, board.tested.p_values, strict=False)
    )


def _short(p: float) -> str:
    return "<0.001" if p < 0.001 else f"{p:.3f}"
