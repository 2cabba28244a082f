"""Boards in words: what each cell and title says, and what may not stand in them; pure."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from benchbench.core.edition import Edition
from benchbench.core.record import Score
from benchbench.leaderboards.attested import has_tiers
from benchbench.leaderboards.checkpoints import Checkpoints
from benchbench.leaderboards.costs import cost_of
from benchbench.leaderboards.divisions import division, is_divided
from benchbench.leaderboards.judged import saw_its_judge
from benchbench.leaderboards.ranks import Range
from benchbench.leaderboards.rows import Board, Row
from benchbench.leaderboards.tiers import LETTERS
from benchbench.leaderboards.unfinished import is_unfinished
from benchbench.publish import cost
from benchbench.publish.caption import (
    JUDGED,
    OBJECTED,
    UNFINISHED,
    caption,
    checkpoints_caption,
    footnotes,
    num_seeds,
)
from benchbench.publish.escape import plain
from benchbench.publish.table import Table
from benchbench.publish.table import markdown as in_markdown
from benchbench.publish.words import ARROWS, LEFT, number

if TYPE_CHECKING:
    import pandas


def cell(score: Score | None) -> str:
    """Return a score as text, with a dagger where it is flagged, or a dash where the row has none."""
    return "–" if score is None else number(score.value, score.standard_error) + ("†" if score.flag else "")


def header(board: Board, specification: str) -> str:
    """Return the column's title: the specification with an arrow to the better side, if there is one."""
    for row in board.rows:
        if specification in row.scores:
            return specification + ARROWS[row.scores[specification].higher_is_better]
    return specification


def frame(board: Board) -> pandas.DataFrame:
    """Return the board as strings, one row per method: the ranked ones, then the references."""
    import pandas

    titles, rows = _cells(board)
    return pandas.DataFrame(rows, columns=pandas.Index(titles))


def _cells(board: Board) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return the titles of the columns, and the cells of each row in the order of the table."""
    trained, tested = any(row.seeds for row in board.rows), board.tested is not None
    costs, tiers, divided = cost.columns_of(board), has_tiers(board), is_divided(board)
    titles = (
        "rank",
        *(["letters"] if tested else []),
        "method",
        *(["tier"] if tiers else []),
        *(["division"] if divided else []),
        *(["seeds"] if trained else []),
        *(header(board, column) for column in board.columns),
        *(column.title for column in costs),
    )
    rows = []
    for row in in_groups(board):
        spent = cost_of(row)
        rows.append(
            (
                rank(row),
                *([row.letters or "–"] if tested else []),
                label(row, board.ranked_by),
                *([LETTERS[row.tier]] if tiers else []),
                *([division(row)] if divided else []),
                *([seeds(row, board)] if trained else []),
                *(cell(row.scores.get(column)) for column in board.columns),
                *(cost.cell(column, spent) for column in costs),
            )
        )
    return titles, rows


def label(row: Row, ranked_by: str) -> str:
    """Return the row's label, with the marks of what is unfinished, was trained on its judge, or is objected to."""
    marks = {
        UNFINISHED: is_unfinished(row),
        JUDGED: saw_its_judge(row.records, ranked_by),
        OBJECTED: bool(row.objections),
    }
    return row.label + "".join(mark for mark, holds in marks.items() if holds)


def in_groups(board: Board) -> list[Row]:
    """Return the rows in the order of a table: those that are ranked, then the references."""
    return sorted(board.rows, key=lambda row: row.rank is None)


def table(board: Board, edition: Edition | None = None) -> Table:
    """Return the board as a table; bold are the rows that may be the first, by their ranking score."""
    (titles, texts), rows = _cells(board), in_groups(board)
    ranked = sum(row.rank is not None for row in rows)
    names = ("method", header(board, board.ranked_by))
    own = [titles.index(name) for name in names if name in titles]
    first = [i for i, row in enumerate(rows[:ranked]) if (row.rank_range or (row.rank,))[0] == 1]
    return Table(
        name=board.task,
        titles=titles,
        groups=(tuple(texts[:ranked]), tuple(texts[ranked:])),
        words=LEFT,
        heads=len(titles) - len(board.columns),
        caption=caption(board, edition),
        notes=tuple(footnotes(board)),
        bold=frozenset((row, column) for row in first for column in own),
    )


def rank(row: Row) -> str:
    """Return the rank, the range of ranks that the tests leave open, or `ref`."""
    return "ref" if row.rank is None else open_rank(row.rank, row.rank_range)


def open_rank(rank: int, left_open: Range) -> str:
    """Return the rank, or the range of ranks that the tests leave open: `3–5`."""
    best, worst = left_open or (rank, rank)
    return str(best) if best == worst else f"{best}–{worst}"


def seeds(row: Row, board: Board) -> str:
    """Return how many training seeds the row has, or a dash where nothing was trained.

    A star marks a row of one training, which the tests give the spread of the others.
    """
    star = "*" if board.tested and row.label in board.tested.pooled else ""
    return f"{num_seeds(row)}{star}" if num_seeds(row) else "–"


def of_checkpoints(found: Checkpoints) -> Table:
    """Return the checkpoints as a table, by the ranking score alone."""
    scores = [each.score for each in found.rows]
    arrow = ARROWS[scores[0].higher_is_better] if scores else ""
    rows = tuple(
        (
            open_rank(each.rank, each.rank_range),
            each.letters or "–",
            each.label,
            "–" if each.seed is None else str(each.seed),
            cell(each.score),
        )
        for each in found.rows
    )
    return Table(
        name=f"{found.task}-checkpoints",
        titles=("rank", "letters", "method", "training seed", found.ranked_by + arrow),
        groups=(rows,),
        words=LEFT,
        heads=4,
        caption=checkpoints_caption(found),
        bold=frozenset((i, 2) for i, each in enumerate(found.rows) if (each.rank_range or (each.rank,))[0] == 1),
    )


def markdown(board: Board) -> str:
    """Return the board as a markdown table with its caption and its notes."""
    return in_markdown(table(board))


def notes(board: Board) -> str:
    """Return a line for each record that may not stand in the table."""
    lines = [plain(f"not shown: {each.record.method.label}: {each.why}") for each in board.excluded]
    return "\n".join(textwrap.shorten(line, 300) for line in lines)
