"""What is wrong with a sealed edition: its commitment, its draw and its freeze are computed again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from benchbench.core import BenchbenchError, Task
from benchbench.core.edition import Edition
from benchbench.core.identity import identity_of
from benchbench.core.record import Entry, Record
from benchbench.evaluation.fingerprint import fingerprint
from benchbench.leaderboards.check import Problem
from benchbench.leaderboards.folder import BoardFolder
from benchbench.leaderboards.sealing import frozen_as, frozen_edition
from benchbench.leaderboards.seals import Commitment, Opening, Seal, commitment_of, draw_of, is_secret, seals
from benchbench.system.hashes import identity_hash
from benchbench.system.records import digest, read_text


def check_seals(
    folder: BoardFolder, editions: Sequence[Edition], entries: Sequence[Entry], task: Task
) -> list[Problem]:
    """Return a problem for each thing that a sealed edition says and that does not come out again."""
    public = {entry.digest: entry.record for entry in entries}
    problems = []
    for seal in seals(folder):
        try:
            found = [*_committed(seal, editions, public)]
            if seal.is_open:
                found += _opened(seal, editions, public, task)
        except BenchbenchError as error:
            found = [str(error)]
        problems += [Problem("seal", str(seal.path), what) for what in found]
    return problems


def _committed(seal: Seal, editions: Sequence[Edition], public: Mapping[str, Record]) -> Iterator[str]:
    commitment, folder = seal.commitment(), seal.folder
    named = commitment.task, commitment.task_version, commitment.number
    if named != (folder.task, folder.version, seal.number):
        yield "its commitment is of another board or number"
    edition = frozen_edition(commitment, editions, "its commitment")
    if digest(read_text(folder.edition_file(edition.number))) != commitment.edition_sha256:
        yield f"it froze another edition {edition.number} than the one that is here"
    if edition.date > commitment.date:
        yield f"it froze edition {edition.number} of {edition.date} before that was published, on {commitment.date}"
    for key in edition.records:
        if key in public and public[key].created[:10] > commitment.date:
            yield f"the record {key[:12]} was made after the commitment of {commitment.date}"


def _opened(seal: Seal, editions: Sequence[Edition], public: Mapping[str, Record], task: Task) -> Iterator[str]:
    commitment, opening, folder = seal.commitment(), seal.opening(), seal.folder
    if opening.commitment_sha256 != digest(read_text(seal.commitment_file)):
        yield "its commitment was changed after the opening"
    secret = opening.secret
    if not is_secret(secret) or commitment_of(secret, folder.task, folder.version) != commitment.commitment:
        yield "its secret is not the one that was committed to"
    elif draw_of(secret, folder.task, folder.version) != opening.draw:
        yield f"its draw {opening.draw} does not follow from its secret"
    if opening.date < commitment.date:
        yield "it was opened before it was committed to"
    edition = frozen_edition(commitment, editions, "its commitment")
    if [row.public for row in opening.rows] != list(edition.records):
        yield f"its rows are not those of edition {edition.number}, which it froze"
    yield from _records(seal, opening, public, commitment)
    if task.version == folder.version:
        drawn = fingerprint(task.drawn(opening.draw))
        for entry in seal.entries():
            if entry.record.task.fingerprint != drawn:
                yield f"the record {entry.digest[:12]} was made on other test data than draw {opening.draw}"


def _records(seal: Seal, opening: Opening, public: Mapping[str, Record], commitment: Commitment) -> Iterator[str]:
    """Yield what is wrong with the records on the draw: each must be of a frozen row, by the very same checkpoint."""
    records = {entry.digest: entry.record for entry in seal.entries()}
    if set(records) != {row.sealed for row in opening.rows if row.sealed}:
        yield "its records are not those that its opening lists"
        return
    for row in opening.rows:
        then, now = public.get(row.public), records.get(row.sealed)
        if then is None or now is None:
            continue
        if frozen_as(then) != frozen_as(now):
            yield f"the record {row.sealed[:12]} is not of the frozen method and checkpoint of {row.public[:12]}"
        made = now.status, now.task.name, now.task.version, now.task.draw, now.seed, now.protocol
        wanted = "ok", then.task.name, then.task.version, opening.draw, opening.draw, then.protocol
        if made != wanted:
            yield f"the record {row.sealed[:12]} was not made on draw {opening.draw} as the row was in public"
        if identity_hash(identity_of(now)) != now.run_id:
            yield f"the run id of the record {row.sealed[:12]} does not match it: it was edited"
        if now.created[:10] < commitment.date:
            yield f"the record {row.sealed[:12]} was made before the commitment of {commitment.date}"
