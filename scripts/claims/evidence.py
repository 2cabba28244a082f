"""What records say of methods: rows merged over training seeds, comparisons within their errors, and verdicts."""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from benchbench.core import Method, MissingData, Task, Unsupported
from benchbench.core.engine import Engine
from benchbench.core.record import Record, RecordedTraining, Score
from benchbench.leaderboards.rows import Row, make_board
from benchbench.plugins import get_task, registry
from benchbench.publish.words import number
from benchbench.specs import format_method, parse_method
from leaderboards import Job, training_of

YES, NO, UNSURE, MISSING = "comes out", "does not come out", "not distinguishable", "not measured yet"
ERRORS = 2
"""Two numbers differ where their difference is more than so many standard errors of it."""


def full_name(method: str) -> str:
    """Return `name[option=value,…]` as records have it: values typed, options of the default left out."""
    name, options = parse_method(method, registry())
    made = registry().get("methods", name)(**options)
    return format_method(name, made.options(), type(made)().options())


class Evidence:
    """The rows of each task, from all records that may stand in one table."""

    def __init__(
        self,
        records: Iterable[Record],
        runs: Literal["runs", "runs-findings"],
        diverged: Iterable[Mapping[str, Any]] = (),
    ) -> None:
        """Keep the records by task, and what is noted of trainings that diverged.

        `runs` says which trainings are wanted: those of the boards, or those that stand on none.
        """
        self._runs = runs
        self._diverged = {(each["task"], full_name(each["method"])): each["said"] for each in diverged}
        self._rows: dict[tuple[str, str], Row] = {}
        self._ordered: dict[str, list[Row]] = {}
        self._failed: dict[tuple[str, str], str] = {}
        by_task: dict[str, list[Record]] = {}
        for record in records:
            by_task.setdefault(record.task.name, []).append(record)
        for task, own in by_task.items():
            board = make_board(get_task(task), None, own)
            for row in sorted(board.rows, key=_weight):
                self._rows[task, row.record.method.label] = row
            self._ordered[task] = list(board.rows)
            self._failed |= {
                (task, record.method.label): record.reason
                for record in (each.record for each in board.excluded)
                if record.status == "failed"
            }

    def row(self, task: str, method: str) -> Row | None:
        """Return the row of the longest trainings, and of those the one of the most seeds, or `None`."""
        return self._rows.get((task, full_name(method)))

    def rows(self, task: str) -> list[Row]:
        """Return one row a method, references among them, best first."""
        kept = [id(row) for row in self._rows.values()]
        return [row for row in self._ordered.get(task, []) if id(row) in kept]

    def metrics(self, task: str, wanted: Iterable[str]) -> list[str]:
        """Return those of the metrics that some row of the task has; all where there is no row."""
        known = {metric for row in self._ordered.get(task, []) for metric in row.scores}
        return [metric for metric in wanted if metric in known or not known]

    def score(self, task: str, method: str, metric: str) -> Score | None:
        """Return a row's score, or `None`."""
        row = self.row(task, method)
        return row.scores.get(metric) if row else None

    def diverged(self, task: str, method: str) -> bool:
        """Return whether there is no row, for the training diverged."""
        return self.row(task, method) is None and (task, full_name(method)) in self._diverged

    def lacking(self, task: str, method: str) -> str:
        """Return what to say where a row is wanted and there is none."""
        if self.diverged(task, method):
            return self._diverged[task, full_name(method)]
        if (task, full_name(method)) in self._failed:
            return f"failed: {self._failed[task, full_name(method)]}"
        untrained = _untrained(task, method) if self._runs == "runs" else None
        if untrained is not None:
            return f"{MISSING}: {untrained}"
        return f"{MISSING}: `{training_of(Job(task, method, 0, self._runs), 'cpu', Path()).command}`"


def _untrained(task: str, method: str) -> str | None:
    """Return how a row is made of a method that has nothing of its own to train; `None` where it is to be trained."""
    name, options = parse_method(method, registry())
    made, on = registry().get("methods", name)(**options), get_task(task)
    if _trains(made, on):
        return None
    try:
        made.supports(on, None)
    except Unsupported as lacks:  # another's checkpoint: it says whose, and how that is made
        return str(lacks)
    return f"`benchbench run -t {task} -m {shlex.quote(method)}`"


def _trains(method: Method, task: Task) -> bool:
    """Return whether a method has something of its own to train."""
    try:
        method.trainer(task, Engine())
    except Unsupported:
        return False
    except MissingData:  # of the task: what would be trained on them is told all the same
        return True
    return True


def _weight(row: Row) -> tuple[int, int, str]:
    """Return how long a row's trainings are, how many, and when it was made."""
    return (row.record.training.steps if row.record.training else None) or 0, len(row.seeds), row.record.created


def cell(score: Score | None) -> str:
    """Return `0.17 ± 0.02`, or a dash."""
    return number(score.value, score.standard_error) if score else "–"


def more(one: Score | None, other: Score | None, factor: float = 1) -> str:
    """Return whether one number is more than `factor` times the other; their errors are taken as independent."""
    if one is None or other is None:
        return MISSING
    error = math.hypot(one.standard_error or 0, factor * (other.standard_error or 0))
    return beyond(one.value - factor * other.value, error)


def beyond(difference: float, error: float) -> str:
    """Return whether a difference is positive, negative, or neither within its error."""
    if abs(difference) <= ERRORS * error or not difference:
        return UNSURE
    return YES if difference > 0 else NO


def not_worse(one: Score | None, other: Score | None, margin: float) -> str:
    """Return whether one number, of which less is better, is at most the other and a margin (a share of it)."""
    if one is None or other is None:
        return MISSING
    difference = one.value - other.value
    error = math.hypot(one.standard_error or 0, other.standard_error or 0)
    if difference + ERRORS * error <= margin * abs(other.value):
        return YES
    return NO if difference - ERRORS * error > 0 else UNSURE


def within(score: Score | None, low: float, high: float) -> str:
    """Return whether a number lies in a band."""
    if score is None:
        return MISSING
    error = ERRORS * (score.standard_error or 0)
    if low <= score.value - error and score.value + error <= high:
        return YES
    return NO if score.value + error < low or score.value - error > high else UNSURE


def all_of(verdicts: Iterable[str]) -> str:
    """Return the verdict of a claim that holds where all of these do."""
    found = list(verdicts)
    return next((kind for kind in (NO, MISSING, UNSURE) if kind in found), YES if found else MISSING)


@dataclass(frozen=True)
class Part:
    """One claim of a finding: on one task, or of one pair of methods."""

    about: str
    verdict: str


def verdict(parts: Sequence[Part], names: bool = True) -> str:
    """Return one verdict of several parts, with the names of those that are otherwise."""
    known = [part for part in parts if part.verdict != MISSING]
    if not known:
        return MISSING
    by_kind = {kind: [part.about for part in known if part.verdict == kind] for kind in (YES, NO, UNSURE)}
    waiting = f"; {len(parts) - len(known)} of {len(parts)} {MISSING}" if len(known) < len(parts) else ""
    kinds = [kind for kind in (YES, NO, UNSURE) if by_kind[kind]]
    if len(kinds) == 1:
        return f"**{kinds[0]}**{f' ({len(known)} of {len(known)})' if len(known) > 1 else ''}{waiting}"
    told = [f"**{kind}** in {len(by_kind[kind])} of {len(known)}" for kind in kinds]
    told = [
        f"{text} ({'; '.join(by_kind[kind])})" if names and (kind != YES or len(by_kind[kind]) < 4) else text
        for kind, text in zip(kinds, told, strict=True)
    ]
    return ", ".join(told) + waiting


def trained(rows: Sequence[Row]) -> str:
    """Return what is to be said on hardware, steps, seeds and n of rows: a sentence, or one of each task."""
    by_task: dict[str, list[Row]] = {}
    for row in rows:
        by_task.setdefault(row.record.task.name, []).append(row)
    if len(by_task) < 2:
        return _trained(rows)
    return "\n".join(f"- {task}. {_trained(own)}" for task, own in by_task.items())


def _trained(rows: Sequence[Row]) -> str:
    groups: dict[str, dict[str, list[str]]] = {}
    for row in rows:
        for_seeds = {record.training_seed: record.training for record in row.records if record.training}
        made = {_made(each) for each in for_seeds.values()}
        where = " and ".join(sorted(made)) or ("unknown" if row.record.method.checkpoint else "no training")
        seeds = ", ".join(map(str, sorted(for_seeds)))
        groups.setdefault(where, {}).setdefault(seeds, []).append(row.record.method.label)
    told = []
    for where, by_seeds in groups.items():
        own = [f"{_seeds(seeds)}{', '.join(dict.fromkeys(labels))}" for seeds, labels in by_seeds.items()]
        several = len(groups) > 1 or len(by_seeds) > 1 or "" in by_seeds
        told.append(f"{where} ({'; '.join(own)})" if several else f"{where}, {_one(own)}")
    protocols = dict.fromkeys(
        f"{row.record.protocol.num_conditions} conditions x {row.record.protocol.samples_per_condition} samples"
        for row in rows
    )
    measured = dict.fromkeys(
        record.environment.processor for row in rows for record in row.records if record.environment.processor
    )
    return (
        f"Trained on: {'; '.join(told)}. n: {', '.join(protocols)}, sampled and scored on {', '.join(measured)}."
        if rows
        else ""
    )


def _made(training: RecordedTraining) -> str:
    precision = f", {training.precision}" if training.precision != "float32" else ""
    return f"{training.processor or training.device}, {training.steps} steps{precision}"


def _seeds(seeds: str) -> str:
    return f"seed{'s' if ',' in seeds else ''} {seeds}: " if seeds else ""


def _one(own: list[str]) -> str:
    return own[0].split(":")[0]
