"""Tiers on the rows of a board; pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from benchbench.leaderboards.rows import Board
from benchbench.leaderboards.tiers import ORDER, Attestation, tiers_of


def with_tiers(board: Board, found: Iterable[Attestation]) -> Board:
    """Return the board with the tier of each row: of several trainings the lowest, as its numbers are of them all."""
    tiers = tiers_of(found)
    rows = (
        dataclasses.replace(row, tier=min((tiers.get(key, "submitted") for key in row.digests), key=ORDER.index))
        for row in board.rows
    )
    return dataclasses.replace(board, rows=tuple(rows))


def has_tiers(board: Board) -> bool:
    """Return whether some row was checked further than by its record alone, so that tables show the tiers."""
    return any(ORDER.index(row.tier) > ORDER.index("submitted") for row in board.rows)
