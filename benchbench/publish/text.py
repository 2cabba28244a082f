"""Boards as text: pandas frames of strings, markdown by tabulate, terminal tables by rich."""

from __future__ import annotations

import math
import textwrap
from collections import Counter
from typing import TYPE_CHECKING

from benchbench.leaderboard import Board
from benchbench.records import Score

if TYPE_CHECKING:
    import pandas
    from rich.table import Table

ARROWS = {True: " ↑", False: " ↓", None: ""}


def number(value: float, standard_error: float | None) -> str:
    """Return `0.162 ± 0.007`: two digits of the error, and the value to the same place."""
    if standard_error is None:
        return f"{value:.3g}"
    if standard_error < 1e-6:  # rounding of the arithmetic, or none at all
        return f"{round(value, 4):g} ± 0"
    places = max(0, 1 - math.floor(math.log10(standard_error)))
    return f"{value:.{places}f} ± {standard_error:.{places}f}"


def cell(score: Score | None) -> str:
    """Return a score as text, or a dash where the row has none."""
    return "–" if score is None else number(score.value, score.standard_error)


def header(board: Board, specification: str) -> str:
    """Return the column's title: the specification with an arrow to the better side, if there is one."""
    for row in board.rows:
        if specification in row.scores:
            return specification + ARROWS[row.scores[specification].higher_is_better]
    return specification


def frame(board: Board) -> pandas.DataFrame:
    """Return the board as strings, one row a method."""
    import pandas

    rows = []
    for row in board.rows:
        first = {"rank": "ref" if row.rank is None else str(row.rank), "method": _label(board, row.record)}
        scores = {header(board, column): cell(row.scores.get(column)) for column in board.columns}
        rows.append({**first, **scores})
    return pandas.DataFrame(rows)


def _label(board: Board, record: object) -> str:
    """Return the method's label, with the seed, the device or the run where the label alone says too little."""
    from benchbench.records import Record

    assert isinstance(record, Record)
    label = str(record.method["label"])
    same = [row.record for row in board.rows if row.record.method["label"] == label]
    if len(same) < 2:
        return label
    parts = []
    if len({each.seed for each in same}) > 1:
        parts.append(f"seed {record.seed}")
    if len({each.environment.get("device") for each in same}) > 1:
        parts.append(str(record.environment.get("device")))
    if len({each.method["checkpoint"] for each in same}) > 1:
        parts.append(f"checkpoint {str(record.method['checkpoint'])[:8]}")
    return f"{label} ({', '.join(parts)})" if parts else label


def caption(board: Board) -> str:
    """Return what the table is made of: protocol, n, the meaning of each ±, and what the marks mean."""
    if not board.rows:
        return "no records"
    record = board.rows[0].record
    protocol = record.protocol
    kinds = Counter(
        row.scores[column].uncertainty for row in board.rows for column in board.columns if column in row.scores
    )
    off = "; OFF-PROTOCOL, not for a leaderboard" if protocol["off_protocol"] else ""
    return (
        f"{board.task}@{record.task['version']} ({record.task['fingerprint'][:8]}), protocol {protocol['name']}"
        f"@{protocol['version']}: {protocol['num_conditions']} conditions x {protocol['samples_per_condition']} samples"
        f"{off}. Ranked by {board.ranked_by}. ref: reads the answers, not ranked. ±: {'; '.join(kinds)}."
    )


def markdown(board: Board) -> str:
    """Return the board as a markdown table with its caption."""
    from tabulate import tabulate

    rows = frame(board)
    columns = list(rows.columns)
    align = ["right", "left"] + ["right"] * (len(columns) - 2)
    table = tabulate(rows.values.tolist(), headers=columns, tablefmt="github", colalign=align, disable_numparse=True)
    return f"{table}\n\n{caption(board)}"


def terminal(board: Board, width: int) -> list[Table]:
    """Return the board as rich tables, cut in as many as the width asks for, each with rank and method."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    rows = frame(board)
    fixed, rest = list(rows.columns[:2]), list(rows.columns[2:])
    room = width - 8 - max((len(label) for label in rows["method"]), default=0) - 6
    titles = {column: _folded(column) for column in rest}
    widths = {
        column: max([len(line) for line in titles[column].split("\n")] + [len(text) for text in rows[column]]) + 3
        for column in rest
    }
    pieces: list[list[str]] = [[]]
    used = 0
    for column in rest:
        if pieces[-1] and used + widths[column] > room:
            pieces.append([])
            used = 0
        pieces[-1].append(column)
        used += widths[column]
    tables = []
    for piece in pieces:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for column in fixed:
            table.add_column(column, justify="right" if column == "rank" else "left", no_wrap=True)
        for column in piece:
            table.add_column(titles[column], justify="right", no_wrap=True)
        for _, row in rows.iterrows():
            style = "dim" if row["rank"] == "ref" else None
            table.add_row(*[Text(row[column]) for column in fixed + piece], style=style)
        tables.append(table)
    return tables


def _folded(title: str) -> str:
    """Return the title on two lines, the extractor below the metric."""
    name, bracket, inside = title.partition("[")
    if not bracket:
        return title
    inside, _, arrow = inside.partition("]")
    return f"{name}{arrow}\n{inside}"


def notes(board: Board) -> str:
    """Return a line for each record that may not stand in the table."""
    lines = [f"not shown: {record.method['label']}: {reason}" for record, reason in board.excluded]
    return "\n".join(textwrap.shorten(line, 300) for line in lines)
