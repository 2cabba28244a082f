"""Leaderboards as folders: records that are only added to, editions that never change, and what is generated of them.

<boards>/README.md                       every task, its leaders, its newest edition
<boards>/<task>/v<version>/
    records.jsonl                        the source: one record a line
    editions/0001.json                   which records it shows, in which order, and what changed
    README.md                            the newest edition as a table
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path

from benchbench import __version__
from benchbench.core import BenchbenchError, MissingData
from benchbench.core.record import (
    Edition,
    Record,
    Standing,
    identity_of,
    parse_edition,
    parse_record,
    read_text,
    to_json,
)
from benchbench.evaluation import scores as scoring
from benchbench.evaluation.fingerprint import fingerprint
from benchbench.evaluation.resolve import resolve_scores
from benchbench.leaderboards import reported
from benchbench.leaderboards.rows import Board, make_board
from benchbench.plugins import registry
from benchbench.publish import page, text
from benchbench.runs.directory import read_conditions
from benchbench.specs import format_method
from benchbench.system.files import held, remove_temporaries, write_text
from benchbench.system.hashes import identity_hash


class BoardFolder:
    """The folder of one task and version; what is read is validated."""

    def __init__(self, boards: Path, task: str, version: int) -> None:
        self.task, self.version = task, version
        self.path = boards / task / f"v{version}"
        self.records_file, self.readme = self.path / "records.jsonl", self.path / "README.md"

    def records(self) -> dict[str, Record]:
        """Return the records by the SHA-256 of their lines, in the order of the file."""
        if not self.records_file.is_file():
            return {}
        lines = read_text(self.records_file).splitlines()
        return {
            digest(line): parse_record(line, f"{self.records_file}:{number}") for number, line in enumerate(lines, 1)
        }

    def add(self, record: Record) -> None:
        """Append a record; raise `BenchbenchError` if it is there."""
        with self.held():
            known = read_text(self.records_file) if self.records_file.is_file() else ""
            line = to_json(record)
            if line in known.splitlines():
                raise BenchbenchError(f"{self.records_file} has this very record already")
            write_text(self.records_file, known + line + "\n")

    def held(self) -> AbstractContextManager[None]:
        """Hold the folder for this process; raise `Busy` if another one does."""
        return held(self.path / ".lock", f"another process writes to {self.path}; let it finish")

    def edition_files(self) -> list[Path]:
        """Return the files of the editions, the first one first."""
        return sorted((self.path / "editions").glob("[0-9]*.json"))

    def editions(self) -> list[Edition]:
        """Return the editions, the first one first; raise `BenchbenchError` where one was changed or is missing."""
        found: list[Edition] = []
        previous = ""
        for number, file in enumerate(self.edition_files(), 1):
            edition = parse_edition(read_text(file), str(file))
            if edition.number != number or file.name != _file_name(number):
                raise BenchbenchError(f"{file}: edition {number} was expected here; editions are never removed")
            if edition.previous != previous:
                raise BenchbenchError(f"{file}: the edition before it has changed since; editions never change")
            previous = digest(read_text(file))
            found.append(edition)
        return found

    def board(self, edition: Edition, records: Mapping[str, Record] | None = None) -> Board:
        """Return the board of an edition; raise `BenchbenchError` where a record that it shows is not there.

        `records` are the folder's, where they have been read already.
        """
        records = self.records() if records is None else records
        lost = [each for each in edition.records if each not in records]
        if lost:
            raise BenchbenchError(
                f"{self.records_file}: the record {lost[0][:12]} of edition {edition.number} was changed or removed;"
                f" records are only added"
            )
        task = registry().task(edition.task)
        return make_board(task, edition.fingerprint, [records[each] for each in edition.records])


def digest(content: str) -> str:
    """Return the SHA-256 of a text."""
    return hashlib.sha256(content.encode()).hexdigest()


def folders(boards: Path) -> list[BoardFolder]:
    """Return the folders of every task and version that have records."""
    files = [file for file in sorted(boards.glob("*/v*/records.jsonl")) if file.parent.name[1:].isdecimal()]
    return [BoardFolder(boards, file.parent.parent.name, int(file.parent.name[1:])) for file in files]


def submit(run: Path, record: Record, boards: Path) -> BoardFolder:
    """Add a run's record to its leaderboard's records; raise `BenchbenchError` with the reason where it may not stand.

    It must be whole, made with the task's own protocol, with every metric of the task, on the data, the metrics and the
    weights that are here, from committed code, and its conditions must give its ranking score.
    """
    task = registry().task(str(record.task["name"]))
    reason = (
        _not_whole(record)
        or _not_comparable(record)
        or _not_what_its_conditions_give(run, record, task.metrics[0])
        or _not_its_own_id(run, record)
        or _not_what_its_method_is(record)
    )
    if reason:
        raise BenchbenchError(f"{run}: {reason}")
    folder = BoardFolder(boards, task.name, task.version)
    folder.add(record)
    return folder


def _not_whole(record: Record) -> str:
    if record.status != "ok":
        return f"the run is {record.status} ({record.reason})"
    if not record.scores:
        return "it claims to be ok without a single score"
    if record.protocol["off_protocol"]:
        protocol = record.protocol
        return (
            f"off-protocol: {protocol['num_conditions']} conditions, {protocol['samples_per_condition']} samples each;"
            f" run it again without --limit, --samples and --protocol"
        )
    if record.environment.get("git_dirty"):
        return "made with edited code that no commit holds; commit, and run it again"
    return ""


def _not_comparable(record: Record) -> str:
    task = registry().task(str(record.task["name"]))
    if record.task["version"] != task.version:
        return f"made with version {record.task['version']} of {task.name}, now {task.version}; run it again"
    if record.task["fingerprint"] != fingerprint(task):
        return f"made on other test data of {task.name} than are here; run it again"
    found = {score.metric: (score.id, score.weight_hash) for score in record.scores}
    for score in resolve_scores(task.metrics, task, registry()):
        expected = score.identity, score.features.weight_hash() if score.features else ""
        if score.specification not in found:
            return f"it has no {score.specification}; run it again"
        if found[score.specification] != expected:
            return f"its {score.specification} is of another version or has other weights; run it again"
    return ""


def _not_what_its_conditions_give(run: Path, record: Record, metric: str) -> str:
    path = run / "conditions.parquet"
    if not path.is_file():
        return "its conditions.parquet is missing"
    table = read_conditions(path)
    if scoring.paired(table, metric) != record.paired:
        return f"the {metric} of its conditions is not what conditions.parquet holds"
    if metric in table:
        value, mean = next(score.value for score in record.scores if score.metric == metric), table[metric].mean()
        if not math.isclose(value, mean, rel_tol=1e-9, abs_tol=1e-12):
            return f"its {metric} is {value:g}, but its conditions give {mean:g}"
    return ""


def _not_its_own_id(run: Path, record: Record) -> str:
    """Return what is wrong where the run's id is not the hash of what its record says it is."""
    batch_size = None
    with suppress(OSError, ValueError, AttributeError):  # run.json is for people; it may be gone
        batch_size = json.loads((run / "run.json").read_text()).get("batch_size")
    if identity_hash(identity_of(record, batch_size)) != record.run_id:
        return f"its id {record.run_id} is not that of what it says it is: it was edited; run it again"
    return ""


def _not_what_its_method_is(record: Record) -> str:
    """Return what the record says of its method that the method does not, where it is installed."""
    method = registry().methods.get(record.method["name"])
    if method is None:
        return ""
    if record.method["reference"] != method.reads_the_answers:
        return f"{method.name} reads the answers, or not, other than its record says: it was edited; run it again"
    options = record.method["options"]
    label = format_method(method.name, options, method().options())
    plain = all(isinstance(value, (str, int, float, type(None))) for value in options.values())
    if plain and record.method["label"] != label:
        return f"its label is {record.method['label']!r}, not {label!r}: it was edited; run it again"
    return ""


def publish(folder: BoardFolder, date: str) -> Edition | None:
    """Write a new edition of a leaderboard and its page; return it, or `None` where the rows are those of the last one.

    One process at a time; the edition is written before the page that shows it, each at once or not at all, so what was
    cut short is made good by the next `publish`. The page is written anyway: a new form of it comes with that too.
    """
    with folder.held():
        remove_temporaries(folder.path, folder.path / "editions")
        return _publish(folder, date)


def _publish(folder: BoardFolder, date: str) -> Edition | None:
    records = folder.records()
    if not records:
        raise MissingData(f"no records in {folder.records_file}: add some with `benchbench submit RUN`")
    editions = folder.editions()
    board = make_board(registry().task(folder.task), None, records.values())
    if not board.rows:
        raise MissingData(f"no record of {folder.records_file} can stand in a table\n{text.notes(board)}")
    digests = {id(record): key for key, record in records.items()}
    rows = [tuple(digests[id(record)] for record in row.records) for row in board.rows]
    shown = tuple(key for row in rows for key in row)
    if editions and editions[-1].records == shown:
        write_text(folder.readme, _page(folder, folder.board(editions[-1], records), editions))
        return None
    standings = _standings(board, rows)
    last = editions[-1] if editions else None
    edition = Edition(
        task=folder.task,
        task_version=folder.version,
        fingerprint=str(board.rows[0].record.task["fingerprint"]),
        number=len(editions) + 1,
        date=date,
        benchbench=__version__,
        ranked_by=board.ranked_by,
        records=shown,
        standings=standings,
        changes=changes(last, standings, rows, _labels(board, rows)),
        previous=digest(read_text(folder.edition_files()[-1])) if last else "",
        num_rows=len(rows),
    )
    write_text(folder.path / "editions" / _file_name(edition.number), edition_text(edition))
    write_text(folder.readme, _page(folder, board, [*editions, edition]))
    return edition


def _page(folder: BoardFolder, board: Board, editions: Sequence[Edition]) -> str:
    boards = folder.path.parent.parent
    there = reported.reported_file(boards, folder.task).is_file()
    return page.of_board(board, editions, reported.table(reported.read(boards, folder.task)) if there else None)


def edition_text(edition: Edition) -> str:
    """Return the edition as it is stored."""
    return json.dumps(dataclasses.asdict(edition), indent=1, sort_keys=True) + "\n"


def _file_name(number: int) -> str:
    return f"{number:04d}.json"


def _labels(board: Board, rows: Sequence[Sequence[str]]) -> dict[str, str]:
    return {key: row.label for keys, row in zip(rows, board.rows, strict=True) for key in keys}


def _standings(board: Board, rows: Sequence[tuple[str, ...]]) -> tuple[Standing, ...]:
    standings = []
    for keys, row in zip(rows, board.rows, strict=True):
        if row.rank is not None:
            best, worst = row.rank_range or (row.rank, row.rank)
            standings.append(Standing(row.label, row.rank, best, worst, row.scores[board.ranked_by].value, keys))
    return tuple(standings)


def _by_row(board: Board, shown: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the hashes of an edition's records as the board's rows have them."""
    keys = iter(shown)
    return [tuple(next(keys) for _ in row.records) for row in board.rows]


def changes(
    last: Edition | None, standings: Sequence[Standing], rows: Sequence[Sequence[str]], labels: dict[str, str]
) -> tuple[str, ...]:
    """Return what is other than in the edition before, and why, a sentence each."""
    if last is None:
        return (f"first edition: {len(rows)} rows, {len(standings)} of them ranked",)
    before, now = ({each.label: each for each in side} for side in (last.standings, standings))
    added = [label for label in now if label not in before]
    removed = [label for label in before if label not in now]
    sentences = [f"added: {label}, rank {now[label].rank}" for label in added]
    sentences += [f"removed: {label}, which was rank {before[label].rank}" for label in removed]
    again = [label for label in now if label in before and now[label].records != before[label].records]
    for label in again:
        more = len(now[label].records) - len(before[label].records)
        what = f"{more} training seed{'s' * (more > 1)} more" if more > 0 else "measured anew"
        sentences.append(f"{what}: {label}, {before[label].value:.4g} before, {now[label].value:.4g} now")
    ranked = {key for each in standings for key in each.records}
    new = [keys for keys in rows if ranked.isdisjoint(keys) and not set(keys) <= set(last.records)]
    references = [labels[keys[0]] for keys in new]
    if references:
        sentences.append(f"reference rows new or measured anew: {', '.join(references)}")
    for label, standing in now.items():
        if label in before and standing.rank != before[label].rank:
            moved = "rises" if standing.rank < before[label].rank else "falls"
            sentences.append(
                f"{label} {moved} from rank {before[label].rank} to {standing.rank}:"
                f" {_why(label, again, added, removed)}"
            )
    return tuple(sentences) or ("the same rows in another order",)


def _why(label: str, again: Sequence[str], added: Sequence[str], removed: Sequence[str]) -> str:
    causes = [(again, "measured anew"), (added, "added"), (removed, "removed")]
    if label in again:
        return "its own score is new"
    return "; ".join(f"{_named(names)} {what}" for names, what in causes if names) or "the tests changed"


def _named(labels: Sequence[str]) -> str:
    """Return a few labels, or how many they are, where the sentences before name each."""
    return ", ".join(labels) if len(labels) <= 3 else f"{len(labels)} rows"


def check(boards: Path) -> list[str]:
    """Return what is wrong with the leaderboards, a sentence each: lost records, changed editions, edited tables."""
    problems: list[str] = []
    for folder in folders(boards):
        try:
            problems += _check_folder(folder)
        except BenchbenchError as error:
            problems.append(str(error))
    if not problems:
        problems = [
            f"{path} is not what its records give: run `benchbench publish`"
            for path, content in _common_pages(boards).items()
            if not path.is_file() or path.read_text() != content
        ]
    return problems


def _check_folder(folder: BoardFolder) -> Iterable[str]:
    editions, records = folder.editions(), folder.records()
    foreign = _foreign(folder)
    if foreign:
        return foreign
    if not editions:
        return [f"{folder.path} has records and no edition: run `benchbench publish {folder.task}`"]
    if registry().task(folder.task).version != folder.version:
        return []  # of an older task: its editions stand as they are
    problems = []
    for edition in editions:
        board = folder.board(edition, records)
        if sum(len(row.records) for row in board.rows) != len(edition.records):
            why = text.notes(board) or "rows fell out"
            problems.append(f"{folder.path}: edition {edition.number} cannot be shown any more: {why}")
    last = board
    if not problems and _standings(last, _by_row(last, editions[-1].records)) != editions[-1].standings:
        problems.append(f"{folder.path}: the records of edition {editions[-1].number} do not give its ranks")
    if not folder.readme.is_file() or folder.readme.read_text() != _page(folder, last, editions):
        problems.append(f"{folder.readme} is not what its records give: run `benchbench publish {folder.task}`")
    return problems


def _foreign(folder: BoardFolder) -> list[str]:
    """Return a sentence for each line of the records that `submit` did not write."""
    problems = []
    seen: dict[str, int] = {}
    for number, line in enumerate(read_text(folder.records_file).splitlines(), 1):
        where, task = f"{folder.records_file}:{number}", json.loads(line)["task"]
        if json.dumps(json.loads(line), sort_keys=True) != line:
            problems.append(f"{where} is not as `benchbench submit` writes it")
        if line in seen:
            problems.append(f"{where} is the record of line {seen[line]} again")
        if (task["name"], task["version"]) != (folder.task, folder.version):
            problems.append(f"{where} is a record of {task['name']}, version {task['version']}")
        seen[line] = number
    return problems


def write_index(boards: Path) -> None:
    """Write the pages of no single leaderboard, as the editions are once no other process writes these pages."""
    with held(boards / ".lock", f"another process writes to {boards}; let it finish", patience=60):
        remove_temporaries(boards)
        for path, content in _common_pages(boards).items():
            write_text(path, content)


def _common_pages(boards: Path) -> dict[Path, str]:
    """Return the pages that are of no single leaderboard, by their files."""
    tasks = reported.tasks(boards)
    pages = {
        boards / task / "reported.md": page.of_reported(task, reported.table(reported.read(boards, task)))
        for task in tasks
    }
    newest = [editions[-1] for folder in folders(boards) if (editions := folder.editions())]
    return {**pages, boards / "README.md": page.of_all(newest, tasks)}
