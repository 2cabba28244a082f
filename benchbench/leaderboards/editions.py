"""New editions of a leaderboard: drafted as facts, and stored once their changes are in words."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchbench import __version__
from benchbench.core import BenchbenchError, Task
from benchbench.core.edition import Edition, Standing
from benchbench.core.record import Entry, Record
from benchbench.leaderboards.attested import with_tiers
from benchbench.leaderboards.changes import Change, changes
from benchbench.leaderboards.folder import BoardFolder
from benchbench.leaderboards.objected import with_objections, with_reasons, without
from benchbench.leaderboards.objections import struck
from benchbench.leaderboards.rows import Board, make_board
from benchbench.system.files import write_text
from benchbench.system.records import digest, read_text


@dataclass(frozen=True)
class Draft:
    """What the next edition of a leaderboard would be."""

    folder: BoardFolder
    board: Board
    last: Edition | None
    """The newest edition that there is."""
    changes: tuple[Change, ...]

    @property
    def records(self) -> tuple[str, ...]:
        """The digests of all records that it shows."""
        return tuple(key for row in self.board.rows for key in row.digests)

    @property
    def is_new(self) -> bool:
        """Whether it shows other records than the newest edition, or ranks or tests them by another score or rule."""
        last, board = self.last, self.board
        if last is None:
            return True
        return (last.records, last.rule, last.ranked_by) != (self.records, board.rule, board.ranked_by)

    def edition(self, date: str, sentences: Sequence[str]) -> Edition:
        """Return the edition, with its changes in words."""
        last, board = self.last, self.board
        return Edition(
            task=self.folder.task,
            task_version=self.folder.version,
            fingerprint=board.rows[0].record.task.fingerprint,
            number=last.number + 1 if last else 1,
            date=date,
            benchbench=__version__,
            ranked_by=board.ranked_by,
            records=self.records,
            standings=standings(board),
            changes=tuple(sentences),
            previous=digest(read_text(self.folder.edition_file(last.number))) if last else "",
            num_rows=len(board.rows),
            rule=board.rule,
        )


def draft(folder: BoardFolder, task: Task, entries: Sequence[Entry], editions: Sequence[Edition]) -> Draft:
    """Return what the next edition of a leaderboard would be.

    Raise `BenchbenchError` where a record that an edition shows was changed or removed.
    """
    check_shown(folder, entries, editions)
    last = editions[-1] if editions else None
    objected = folder.objections()
    kept, left_out = without(entries, struck(objected))
    board = with_tiers(make_board(task, last.fingerprint if last else None, kept), folder.attestations())
    board = with_objections(dataclasses.replace(board, excluded=(*board.excluded, *left_out)), objected)
    rows = [row.digests for row in board.rows]
    labels = {key: row.label for row in board.rows for key in row.digests}
    found = changes(last, standings(board), rows, labels, board.rule, board.ranked_by)
    return Draft(folder, board, last, tuple(with_reasons(found, last, struck(objected))))


def check_shown(folder: BoardFolder, entries: Sequence[Entry], editions: Sequence[Edition]) -> None:
    """Raise `BenchbenchError` where a record that some edition shows is not in the folder."""
    there = {entry.digest for entry in entries}
    for edition in editions:
        lost = [each for each in edition.records if each not in there]
        if lost:
            raise BenchbenchError(
                f"{folder.records_file}: the record {lost[0][:12]} of edition {edition.number} was changed or removed;"
                f" records are only added"
            )


def standings(board: Board) -> tuple[Standing, ...]:
    """Return the ranked rows of a board, as an edition stores them."""
    found = []
    for row in board.rows:
        if row.rank is not None:
            best, worst = row.rank_range or (row.rank, row.rank)
            value = row.scores[board.ranked_by].value
            found.append(Standing(row.label, row.rank, best, worst, value, row.digests))
    return tuple(found)


def store(folder: BoardFolder, edition: Edition) -> None:
    """Write an edition; the folder is held by the caller."""
    write_text(folder.edition_file(edition.number), edition_text(edition))


def edition_text(edition: Edition) -> str:
    """Return the edition as it is stored, by its own schema: below 3 it names no rule."""
    fields = dataclasses.asdict(edition)
    if edition.schema < 3:
        del fields["rule"]
    return json.dumps(fields, indent=1, sort_keys=True) + "\n"


def edition_of(records_file: Path, records: Sequence[Record]) -> int | None:
    """Return the number of the newest edition that shows all these records of a board's file.

    `None` where the file is not a board's, or none of its editions shows them all.
    """
    place = records_file.parent
    if records_file.name != "records.jsonl" or not place.name.startswith("v") or not place.name[1:].isdecimal():
        return None
    folder = BoardFolder(place.parent.parent, place.parent.name, int(place.name[1:]))
    wanted = {entry.digest for entry in folder.entries() if entry.record in records}
    return next((each.number for each in reversed(folder.editions()) if wanted and wanted <= set(each.records)), None)
