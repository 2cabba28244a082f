"""Objections on the rows of a board; pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

from benchbench.core import BenchbenchError
from benchbench.core.differences import Difference
from benchbench.core.edition import Edition
from benchbench.core.record import Entry
from benchbench.leaderboards.changes import Change, Removed
from benchbench.leaderboards.objections import Objection, standing
from benchbench.leaderboards.rows import Board, Excluded, Row

FEWEST_DIGITS = 8
"""Of a record's SHA-256, to name it by."""


def with_objections(board: Board, found: Iterable[Objection]) -> Board:
    """Return the board with the objections to each row that were not rejected; equal words on its trainings once."""
    open_ = [each for each in standing(found) if each.state != "rejected"]
    rows = tuple(dataclasses.replace(row, objections=_against(row, open_)) for row in board.rows)
    return dataclasses.replace(board, rows=rows)


def _against(row: Row, found: Sequence[Objection]) -> tuple[Objection, ...]:
    own = {(each.rule, each.text, each.state): each for each in found if each.row in row.digests}
    return tuple(own.values())


def without(entries: Iterable[Entry], struck: Mapping[str, str]) -> tuple[list[Entry], list[Excluded]]:
    """Return the entries that were not struck, and those that were with the reason."""
    kept, left_out = [], []
    for entry in entries:
        if entry.digest in struck:
            left_out.append(Excluded(entry, Difference("struck", struck[entry.digest])))
        else:
            kept.append(entry)
    return kept, left_out


def with_reasons(changes: Iterable[Change], last: Edition | None, struck: Mapping[str, str]) -> list[Change]:
    """Return the changes; of rows that were struck with the rule of the objection."""
    standings = last.standings if last else ()
    rules = {each.label: struck[key] for each in standings for key in each.records if key in struck}
    return [
        dataclasses.replace(each, why=rules[each.label]) if isinstance(each, Removed) and each.label in rules else each
        for each in changes
    ]


def named(row: str, entries: Iterable[Entry], rows: Iterable[Row]) -> tuple[str, ...]:
    """Return the digests that a row's label, or the first digits of a record's SHA-256, name.

    Raise `BenchbenchError` where they name none, or several records.
    """
    of_label = [each.digests for each in rows if each.label == row]
    if of_label:
        return of_label[0]
    found = [entry.digest for entry in entries if len(row) >= FEWEST_DIGITS and entry.digest.startswith(row)]
    if len(found) != 1:
        raise BenchbenchError(f"{row!r} names {len(found)} records: write a row's label, or a record's SHA-256")
    return (found[0],)
