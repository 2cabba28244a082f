"""How metrics agree with people, for a terminal and for a paper; pure."""

from __future__ import annotations

from benchbench.core.record import Score
from benchbench.leaderboards.people import HUMAN_REALISM, Agreement, agreements
from benchbench.leaderboards.rows import Board
from benchbench.publish import words
from benchbench.publish.escape import latex as escaped
from benchbench.publish.table import Table
from benchbench.publish.words import ARROWS

TITLES = ("metric", "correlation", "95 %", "methods")


def table(board: Board) -> Table:
    """Return a row per metric: Spearman's correlation with what people said, its interval, the number of methods."""
    found = agreements(board)
    rows = [(_title(board, each), *correlation(each)) for each in found]
    detail = words.detail(_human(board)) if found else ""
    caption = (
        f"Spearman's correlation of each metric with human realism over the methods that people judged; {detail}."
        " A metric where lower is better agrees where its correlation is negative."
    )
    return Table(f"{board.task}-people", TITLES, (tuple(rows),), ("metric",), 1, caption)


def correlation(agreement: Agreement) -> tuple[str, str, str]:
    """Return `0.80`, `0.11 to 0.97` (a dash for few methods) and the number of methods."""
    own = agreement.correlation
    interval = "–" if own.low is None or own.high is None else f"{own.low:.2f} to {own.high:.2f}"
    return f"{own.value:.2f}", interval, str(own.n)


def _title(board: Board, agreement: Agreement) -> str:
    score = board.rows[agreement.rows[0]].scores[agreement.metric]
    return agreement.metric + ARROWS[score.higher_is_better]


def _human(board: Board) -> Score:
    return next(row.scores[HUMAN_REALISM] for row in board.rows if HUMAN_REALISM in row.scores)


def latex_scatter(board: Board, metric: str) -> str:
    """Return a pgfplots figure of a metric against human realism, with 95 % intervals up and standard errors across."""
    agreement = next((each for each in agreements(board) if each.metric == metric), None)
    if agreement is None:
        return ""
    value, interval, number = correlation(agreement)
    between = "" if interval == "–" else f" (95\\,\\% {interval})"
    rows = [board.rows[place] for place in agreement.rows]
    points = [_point(row.scores[metric], row.scores[HUMAN_REALISM]) for row in rows]
    nodes = [
        f"\\node[anchor=south west, font=\\scriptsize] at (axis cs:{row.scores[metric].value:.5g},"
        f"{row.scores[HUMAN_REALISM].value:.5g}) {{{escaped(row.label)}}};"
        for row in rows
    ]
    lines = (
        "% needs \\usepackage{pgfplots}",
        "\\begin{figure}\\centering",
        "\\begin{tikzpicture}\\begin{axis}[" + f"xlabel={{{escaped(metric)}}}, ylabel={{human realism}}]",
        "\\addplot+[only marks, error bars/.cd, x dir=both, x explicit, y dir=both, y explicit]",
        "table[x=x, y=y, x error=xe, y error plus=up, y error minus=down] {",
        "x y xe up down",
        *points,
        "};",
        *nodes,
        "\\end{axis}\\end{tikzpicture}",
        f"\\caption{{{escaped(metric)} against human realism of {number} methods:"
        f" Spearman's $\\rho$ = {value}{between}. {escaped(words.detail(_human(board)))}.}}",
        "\\end{figure}",
    )
    return "\n".join(lines)


def _point(across: Score, up: Score) -> str:
    low, high = up.interval or (up.value, up.value)
    numbers = (across.value, up.value, across.standard_error or 0.0, high - up.value, up.value - low)
    return " ".join(f"{number:.5g}" for number in numbers)
