"""Leaderboards as folders: records that are only added to, editions that never change, and the pages made from them.

<boards>/README.md                       every task, its leaders, its newest edition
<boards>/<task>/v<version>/
    records.jsonl                        the source: one record per line
    conditions/<SHA-256>.csv             scores by condition, of the records that name them
    attestations.jsonl                   what others found of these records, one finding per line
    objections.jsonl                     what was objected to these records, and decided, one per line
    editions/0001.json                   which records it shows, in which order, and what changed
    README.md                            the newest edition as a table
    samples/                             small pictures of its rows' samples (`benchbench.publish.pictures`)
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path

from benchbench.core import BenchbenchError, Task
from benchbench.core.edition import Edition
from benchbench.core.record import Entry, Record
from benchbench.core.record_json import parse_edition, parse_record, to_json
from benchbench.leaderboards import conditions
from benchbench.leaderboards.attested import with_tiers
from benchbench.leaderboards.comparability import shared_metrics
from benchbench.leaderboards.objected import with_objections
from benchbench.leaderboards.objections import Objection, objections
from benchbench.leaderboards.rows import Board, make_board
from benchbench.leaderboards.tiers import Attestation, attest, attestations
from benchbench.system.files import held, write_text
from benchbench.system.records import digest, read_entries, read_text


class BoardFolder:
    """The folder of one task and version; what is read is validated."""

    def __init__(self, boards: Path, task: str, version: int) -> None:
        self.task, self.version = task, version
        self.path = boards / task / f"v{version}"
        self.records_file, self.readme = self.path / "records.jsonl", self.path / "README.md"

    def entries(self) -> list[Entry]:
        """Return the records with the SHA-256 of their lines, in the order of the file."""
        return read_entries(self.records_file) if self.records_file.is_file() else []

    def records_of(self, digests: Iterable[str]) -> dict[str, Record]:
        """Return the records of the lines with these SHA-256, by these; other lines are not validated."""
        wanted = set(digests)
        lines = {digest(line): line for line in read_text(self.records_file).splitlines()} if wanted else {}
        return {key: parse_record(lines[key], str(self.records_file)) for key in wanted & lines.keys()}

    def add(self, record: Record, by_condition: str = "") -> None:
        """Append a record, with the text of its scores by condition if it names one.

        Raise `BenchbenchError` if the record is there.
        """
        with self.held():
            known = read_text(self.records_file) if self.records_file.is_file() else ""
            line = to_json(record)
            if line in known.splitlines():
                raise BenchbenchError(f"{self.records_file} has this very record already")
            if by_condition:
                conditions.write(self.records_file, by_condition)
            ended = known if not known or known.endswith("\n") else known + "\n"
            write_text(self.records_file, ended + line + "\n")

    def attestations(self) -> list[Attestation]:
        """Return what others found of the records, in the order of the file."""
        return attestations(self.path)

    def attest(self, attestation: Attestation) -> None:
        """Append what was found of a record; raise `BenchbenchError` where the folder has no such record."""
        with self.held():
            known = read_text(self.records_file) if self.records_file.is_file() else ""
            if attestation.record not in map(digest, known.splitlines()):
                raise BenchbenchError(f"{self.records_file} has no record {attestation.record[:12]}: submit it first")
            attest(self.path, attestation)

    def objections(self) -> list[Objection]:
        """Return what was objected to the records, in the order of the file."""
        return objections(self.path)

    def held(self, patience: float = 0) -> AbstractContextManager[None]:
        """Hold the folder for this process; raise `Busy` if another one does, after so many seconds of patience."""
        return held(self.path / ".lock", f"another process writes to {self.path}; let it finish", patience)

    def edition_files(self) -> list[Path]:
        """Return the files of the editions, the first one first."""
        return sorted((self.path / "editions").glob("[0-9]*.json"))

    def edition_file(self, number: int) -> Path:
        """Return where an edition is stored."""
        return self.path / "editions" / f"{number:04d}.json"

    def editions(self) -> list[Edition]:
        """Return the editions, the first one first; raise `BenchbenchError` where one was changed or is missing."""
        found: list[Edition] = []
        previous = ""
        for number, file in enumerate(self.edition_files(), 1):
            text = read_text(file)
            edition = parse_edition(text, str(file))
            if edition.number != number or file != self.edition_file(number):
                raise BenchbenchError(f"{file}: edition {number} was expected here; editions are never removed")
            if edition.previous != previous:
                raise BenchbenchError(f"{file}: the edition before it has changed since; editions never change")
            previous = digest(text)
            found.append(edition)
        return found

    def board(self, task: Task, edition: Edition, entries: list[Entry] | None = None) -> Board:
        """Return the board of an edition; raise `BenchbenchError` where a record that it shows is not there.

        `entries` are the folder's, where they have been read already.
        """
        by_digest = {entry.digest: entry for entry in (self.entries() if entries is None else entries)}
        lost = [each for each in edition.records if each not in by_digest]
        if lost:
            raise BenchbenchError(
                f"{self.records_file}: the record {lost[0][:12]} of edition {edition.number} was changed or removed;"
                f" records are only added"
            )
        shown = [by_digest[each] for each in edition.records]
        metrics = shared_metrics(task, edition.ranked_by, [entry.record for entry in shown])
        board = make_board(task, edition.fingerprint, shown, rule=edition.rule, metrics=metrics)
        return with_objections(with_tiers(board, self.attestations()), self.objections())


def folders(boards: Path) -> list[BoardFolder]:
    """Return the folders of every task and version that have records."""
    files = [file for file in sorted(boards.glob("*/v*/records.jsonl")) if file.parent.name[1:].isdecimal()]
    return [BoardFolder(boards, file.parent.parent.name, int(file.parent.name[1:])) for file in files]
