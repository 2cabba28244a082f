"""Tables of skill: boards in lines, families or methods in columns, each cell with its link; pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchbench.leaderboards.rows import Row
from benchbench.leaderboards.skills import Scale, best_of, family_of
from benchbench.publish.site.shown import Shown
from benchbench.publish.words import number

MEANS = (
    "Skill is how far a method is on the way from ignoring the condition (0) to the true law (100), by the score that"
    " ranks its board: (b − s) / (b − t) in per cent, cut at 0 and 100, for its score s, the score b of the row"
    " `unconditional` (`noise` on tasks without conditions) and the score t of the row `oracle` (`real` on tasks"
    " without conditions). ≥ marks boards without such a row: 0, the least that the score can be, stands for t, so that"
    " the skill is at least what is shown."
)


@dataclass(frozen=True)
class Cell:
    """The best row of a family, or of a method, on one board."""

    percent: int
    text: str
    """`87`, or `≥87` where it is a lower bound."""
    says: str
    """Who it is, with the score, for a title."""
    page: str
    """Of the board, from the site's folder."""
    leader: bool
    """The tests cannot tell it from the first."""


@dataclass(frozen=True)
class Line:
    """One board."""

    task: str
    page: str
    ends: str
    """Which rows have skill 0 and 100."""
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True)
class Heat:
    """The whole table."""

    columns: tuple[str, ...]
    lines: tuple[Line, ...]


def of_families(boards: Sequence[Shown]) -> Heat:
    """Return the skill of each family of methods on each board; a family is what one distribution brings."""
    return _heat(boards, lambda row: family_of(row.record.method.distribution))


def of_methods(boards: Sequence[Shown]) -> dict[str, dict[str, Cell]]:
    """Return the skill of each method on each board: by the method's name, then the page of the board."""
    found: dict[str, dict[str, Cell]] = {}
    for board in boards:
        for name, rows in _ranked(board, lambda row: row.record.method.name).items():
            if board.scale is not None:
                found.setdefault(name, {})[board.page] = _cell(board, board.scale, best_of(rows))
    return found


def _heat(boards: Sequence[Shown], column_of: Callable[[Row], str]) -> Heat:
    by_board = {board.page: _ranked(board, column_of) for board in boards}
    names = sorted({name for found in by_board.values() for name in found})
    lines = []
    for board in boards:
        scale = board.scale
        if scale is not None:
            found = by_board[board.page]
            cells = tuple(_cell(board, scale, best_of(found[name])) if name in found else None for name in names)
            lines.append(Line(board.folder.task, board.page, _ends(scale), cells))
    shown = [i for i, _ in enumerate(names) if any(line.cells[i] for line in lines)]
    kept = tuple(Line(each.task, each.page, each.ends, tuple(each.cells[i] for i in shown)) for each in lines)
    return Heat(tuple(names[i] for i in shown), kept)


def _ranked(board: Shown, column_of: Callable[[Row], str]) -> dict[str, list[Row]]:
    rows: dict[str, list[Row]] = {}
    for row in board.board.rows if board.board else ():
        if row.rank is not None:
            rows.setdefault(column_of(row), []).append(row)
    return rows


def _cell(board: Shown, scale: Scale, row: Row) -> Cell:
    score = row.scores[board.edition.ranked_by]
    percent = round(100 * scale.skill(score.value))
    says = f"{row.label}: {board.edition.ranked_by} {number(score.value, score.standard_error)}"
    leader = (row.rank_range or (row.rank,))[0] == 1
    return Cell(percent, f"{'≥' * scale.at_least}{percent}", says, board.page, leader)


def _ends(scale: Scale) -> str:
    return f"0: {scale.baseline} ({scale.low:.3g}); 100: {scale.truth or 'the least score'} ({scale.high:.3g})"
