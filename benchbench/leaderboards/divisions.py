"""Closed and open: whether a row is of methods that were trained on the same data, as far as it is declared; pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

from benchbench.core.record import Record
from benchbench.leaderboards.rows import Board, Row

Division: TypeAlias = Literal["closed", "open"]
DIVISIONS_MEAN = (
    "closed: trained on the task's training data alone, under its own protocol, with published weights; open: anything"
    " else, or not declared"
)


def division(row: Row) -> Division:
    """Return the division of a row: closed where every record is, by its declaration."""
    return "open" if any(True for _ in _reasons(row)) else "closed"


def why_open(row: Row) -> list[str]:
    """Return the reasons why a row is open, each once; empty where it is closed."""
    return list(dict.fromkeys(_reasons(row)))


def is_divided(board: Board) -> bool:
    """Return whether ranked rows are of both divisions, so that tables show them."""
    return len({division(row) for row in board.rows if row.rank is not None}) > 1


def _reasons(row: Row) -> Iterator[str]:
    for record in row.records:
        yield from _of_record(record)


def _of_record(record: Record) -> Iterator[str]:
    declared, own = record.method.declaration, record.task.name
    if declared is None:
        yield "what it was trained with is not declared"
        return
    if declared.data is None:
        yield "its training data are not declared"
    elif set(declared.data) - {own}:
        yield f"trained on {', '.join(each for each in declared.data if each != own)}"
    if declared.pretrained is None:
        yield "whether it starts from pretrained weights is not declared"
    for each in declared.pretrained or ():
        yield f"pretrained weights: {each.name} ({each.licence or 'licence unknown'})"
    if declared.trained_against is None:
        yield "what it was trained against is not declared"
    elif declared.trained_against:
        yield f"trained against {', '.join(declared.trained_against)}"
    if record.method.checkpoint is not None and not declared.weights:
        yield "its weights are not published"
    if record.protocol.off_protocol:
        yield "off-protocol"
