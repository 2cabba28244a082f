"""What is wrong with a leaderboard's records and editions; its pages are looked at by `benchbench.publish.pages`."""

from __future__ import annotations

import datetime
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchbench.core import BenchbenchError, Task
from benchbench.core.edition import Edition
from benchbench.core.record import Entry, Record
from benchbench.evaluation.leaks import better_than_the_truth
from benchbench.leaderboards import conditions, objections, tiers
from benchbench.leaderboards.editions import standings
from benchbench.leaderboards.folder import BoardFolder
from benchbench.leaderboards.rows import Board
from benchbench.leaderboards.submission import is_dated
from benchbench.system.records import digest, read_text

SENTENCES = {
    "form": "{where} is not as `benchbench submit` writes it",
    "twice": "{where} is the record of line {subject} again",
    "task": "{where} is a record of {subject}",
    "created": "{where} has the date {subject!r}, which cannot be",
    "attestation": "{where} is not as benchbench writes it",
    "unknown record": "{where} attests a record that is not there ({subject})",
    "no edition": "{where} has records and no edition: run `benchbench publish {subject}`",
    "rows": "{where} cannot be shown any more: {subject}",
    "leak": "{where}: the record of {subject}",
    "ranks": "{where}: the records of edition {subject} do not give its ranks",
    "page": "{where} is not what its records give: run `benchbench publish{subject}`",
    "conditions": "{where}: the scores by condition of {subject} are not there, or not what its record says",
    "objection": "{where} objects to a record that is not there ({subject})",
    "seal": "{where}: {subject}",
    "error": "{subject}",
}
"""What each kind of problem says."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong; as text, its sentence."""

    kind: str
    """A key of `SENTENCES`."""
    where: str = ""
    subject: str = ""

    def __str__(self) -> str:
        return SENTENCES[self.kind].format(where=self.where, subject=self.subject)


def foreign_lines(folder: BoardFolder, entries: Sequence[Entry]) -> list[Problem]:
    """Return a problem for each line of the records that `submit` did not write."""
    problems = []
    seen: dict[str, int] = {}
    by_digest = {entry.digest: entry.record for entry in entries}
    for number, line in enumerate(read_text(folder.records_file).splitlines(), 1):
        where, record = f"{folder.records_file}:{number}", by_digest.get(digest(line))
        if record is None or json.dumps(json.loads(line), sort_keys=True) != line:
            problems.append(Problem("form", where))
        if line in seen:
            problems.append(Problem("twice", where, str(seen[line])))
        if record and (record.task.name, record.task.version) != (folder.task, folder.version):
            problems.append(Problem("task", where, f"{record.task.name}, version {record.task.version}"))
        if record and not is_dated(record.created, datetime.datetime.now(datetime.timezone.utc)):
            problems.append(Problem("created", where, record.created))
        seen[line] = number
    return problems


def foreign_attestations(folder: BoardFolder, entries: Sequence[Entry]) -> list[Problem]:
    """Return a problem for each line of the attestations that is of no record here, or not as the suite writes it.

    Raise `BenchbenchError` where a line is damaged.
    """
    path = folder.path / tiers.FILE
    known = {entry.digest for entry in entries}
    problems = []
    for number, line in enumerate(read_text(path).splitlines() if path.is_file() else (), 1):
        where = f"{path}:{number}"
        found = tiers.parse(line, where)
        if tiers.to_line(found) != line:
            problems.append(Problem("attestation", where))
        if found.record not in known:
            problems.append(Problem("unknown record", where, found.record[:12]))
    return problems


def foreign_conditions(folder: BoardFolder, entries: Sequence[Entry]) -> list[Problem]:
    """Return a problem for each record whose scores by condition are missing, changed, or of other means."""
    where = str(folder.path / conditions.FOLDER)
    named = [entry.record for entry in entries if entry.record.by_condition]
    return [Problem("conditions", where, each.method.label) for each in named if not _has_conditions(folder, each)]


def _has_conditions(folder: BoardFolder, record: Record) -> bool:
    """Return whether the scores by condition of a record are there and give its scores."""
    try:
        found = conditions.read(folder.records_file, record)
    except BenchbenchError:
        return False
    paired = record.paired
    if found is None:
        return False
    if paired and (found.values.get(paired.metric), found.groups) != (list(paired.values), paired.groups):
        return False
    scores = {score.metric: score.value for score in record.scores}
    return all(metric in scores and _is_mean(scores[metric], own) for metric, own in found.values.items())


def _is_mean(score: float, values: Sequence[float]) -> bool:
    """Return whether a score is the mean of values that have seven digits each."""
    return abs(score - math.fsum(values) / len(values)) <= 1e-6 * max(map(abs, values))


def foreign_objections(folder: BoardFolder, entries: Sequence[Entry]) -> list[Problem]:
    """Return a problem for each objection that is to no record here; raise `BenchbenchError` where a line is none."""
    known, where = {entry.digest for entry in entries}, str(folder.path / objections.FILE)
    return [Problem("objection", where, each.row[:12]) for each in folder.objections() if each.row not in known]


def not_shown(folder: BoardFolder, editions: Sequence[Edition], boards: Sequence[Board]) -> list[Problem]:
    """Return a problem for each edition whose board lacks rows, then one where the newest has other ranks."""
    problems = []
    for edition, board in zip(editions, boards, strict=True):
        if sum(len(row.entries) for row in board.rows) != len(edition.records):
            why = "; ".join(str(each.why) for each in board.excluded) or "rows fell out"
            problems.append(Problem("rows", f"{folder.path}: edition {edition.number}", why))
    if not problems and standings(boards[-1]) != editions[-1].standings:
        problems.append(Problem("ranks", str(folder.path), str(editions[-1].number)))
    return problems


def leaks(folder: BoardFolder, board: Board) -> list[Problem]:
    """Return a problem for each shown record whose ranking score is significantly better than the oracle's."""
    records = [record for row in board.rows for record in row.records]
    oracles = [record for record in records if record.method.name == "oracle"]
    return [
        Problem("leak", str(folder.path), f"{record.method.label}: {found}")
        for record in records
        for found in better_than_the_truth(record, oracles)
    ]


def stale(path: Path, content: str, task: str = "") -> list[Problem]:
    """Return a problem where a page is not what it should be."""
    if path.is_file() and path.read_text(encoding="utf-8") == content:
        return []
    return [Problem("page", str(path), f" {task}" if task else "")]


def is_older(folder: BoardFolder, task: Task) -> bool:
    """Return whether the folder is of an older version of the task: its editions stand as they are."""
    return task.version != folder.version
