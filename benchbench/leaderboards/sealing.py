"""From a commitment to an opening: which rows are frozen, and which runs on the draw are theirs; pure but for files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from benchbench.core import BenchbenchError
from benchbench.core.edition import Edition
from benchbench.core.record import Entry, Record
from benchbench.core.record_json import to_json
from benchbench.leaderboards.seals import Commitment, Opened, Opening, Seal
from benchbench.system.records import digest, read_text

NOT_RUN = "it was not run on the draw"


@dataclass(frozen=True)
class Opener:
    """What an opening is made of."""

    secret: str
    draw: int
    date: str
    found: Sequence[Record]
    """Runs on the draw."""
    refusal: Callable[[Record], str]
    """Why a run may not stand among sealed ones, by the gates of `benchbench submit`; empty where it may."""


def frozen_edition(commitment: Commitment, editions: Sequence[Edition], source: str) -> Edition:
    """Return the edition that a commitment names; raise `BenchbenchError` where there is none."""
    if not 1 <= commitment.edition <= len(editions):
        raise BenchbenchError(f"{source}: there is no edition {commitment.edition}, whose rows it froze")
    return editions[commitment.edition - 1]


def frozen(seal: Seal) -> list[Entry]:
    """Return the entries that a sealed edition froze; raise `BenchbenchError` where their edition is another by now."""
    commitment, folder = seal.commitment(), seal.folder
    edition = frozen_edition(commitment, folder.editions(), str(seal.commitment_file))
    if digest(read_text(folder.edition_file(edition.number))) != commitment.edition_sha256:
        raise BenchbenchError(f"{seal.commitment_file} froze another edition {edition.number}; editions never change")
    by_digest = {entry.digest: entry for entry in folder.entries()}
    return [by_digest[key] for key in edition.records if key in by_digest]


def frozen_as(record: Record) -> tuple[object, ...]:
    """Return what a frozen row fixes: method, version, options and the SHA-256 of its checkpoint."""
    method = record.method
    return method.name, method.version, json.dumps(method.options, sort_keys=True), method.checkpoint


def open_seal_with(seal: Seal, opener: Opener) -> Opening:
    """Write the opening of a sealed edition with the records of its rows, and return it.

    Of one row the newest run counts. A row without a run, or whose run is refused, stands with the reason. Raise
    `BenchbenchError` where no row would be left.
    """
    of_row = _newest(opener.found)
    rows, kept = [], {}
    for entry in frozen(seal):
        record = of_row.get(frozen_as(entry.record))
        why = NOT_RUN if record is None else _why(record, opener)
        if record is None or why:
            rows.append(Opened(entry.digest, why=why))
            continue
        line = to_json(record)
        kept[digest(line)] = record
        rows.append(Opened(entry.digest, digest(line)))
    if not kept:
        reasons = "; ".join(dict.fromkeys(row.why for row in rows))
        raise BenchbenchError(f"no row can be published on draw {opener.draw}: {reasons}")
    committed = digest(read_text(seal.commitment_file))
    opening = Opening(opener.secret, opener.draw, opener.date, committed, tuple(rows))
    with seal.folder.held():
        seal.open(opening, list(kept.values()))
    return opening


def _newest(found: Iterable[Record]) -> Mapping[object, Record]:
    return {frozen_as(record): record for record in sorted(found, key=lambda record: record.created)}


def _why(record: Record, opener: Opener) -> str:
    return f"{record.status}: {record.reason}" if record.status != "ok" else opener.refusal(record)
