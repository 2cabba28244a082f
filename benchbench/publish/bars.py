"""A board's ranking score as bars with their 95 % intervals, for a paper."""

from __future__ import annotations

from pathlib import Path

from benchbench.leaderboards.rows import Board
from benchbench.leaderboards.skills import ORACLE
from benchbench.publish import text
from benchbench.publish.escape import plain
from benchbench.publish.words import ARROWS
from benchbench.stats.estimates import interval95

WIDTH, ROW, HEAD = 3.4, 0.17, 0.7
"""Inches: of a column of a paper, of a bar, and above and below the bars."""
_DATES = {".svg": "Date", ".pdf": "CreationDate"}
SUFFIXES = (".png", *_DATES)
"""What can be written."""
RANKED, REFERENCE, TRUTH = "#0072b2", "#b9bfc6", "#00785a"


def save(board: Board, path: Path) -> None:
    """Write one bar per row, the best first, references grey, the oracle as a line; a bitmap, SVG or PDF by suffix."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    rows = [row for row in text.in_groups(board) if board.ranked_by in row.scores]
    scores = [row.scores[board.ranked_by] for row in rows]
    places = list(range(len(rows)))[::-1]
    with rc_context({"font.size": 7, "axes.linewidth": 0.5, "svg.hashsalt": "benchbench", "text.parse_math": False}):
        figure = Figure(figsize=(WIDTH, HEAD + ROW * len(rows)), layout="constrained")
        axes = figure.subplots()
        colours = [REFERENCE if row.rank is None else RANKED for row in rows]
        axes.barh(places, [score.value for score in scores], color=colours, height=0.7)
        for place, score in zip(places, scores, strict=True):
            degrees = score.uncertainty.degrees if score.uncertainty else None
            ends = score.interval or interval95(score.value, score.standard_error, degrees)
            if ends:
                axes.plot(ends, (place, place), color="black", linewidth=0.8)
        for row, score in zip(rows, scores, strict=True):
            if row.label == ORACLE:
                axes.axvline(score.value, color=TRUTH, linewidth=0.8, linestyle=":")
        axes.set_yticks(places, [plain(f"{text.rank(row)}  {text.label(row, board.ranked_by)}") for row in rows])
        axes.set_xlabel(plain(f"{board.ranked_by}{ARROWS[scores[0].higher_is_better]}, {board.task}"))
        axes.margins(y=0.01)
        figure.savefig(path, dpi=200, metadata={} if path.suffix == ".png" else {_DATES[path.suffix]: None})
