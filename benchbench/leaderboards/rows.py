"""Records to rows: which may stand in one table; pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from benchbench.core import Task
from benchbench.core.differences import Difference, Expected, differences
from benchbench.core.record import Entry, Record, RecordedMethod, Score
from benchbench.core.specification import name_of
from benchbench.leaderboards.comparability import expected_of, row_key, run_key
from benchbench.leaderboards.merging import merged
from benchbench.leaderboards.objections import Objection
from benchbench.leaderboards.ranks import RULE, Candidate, Tested, by_value, labels, left_open
from benchbench.leaderboards.tiers import Tier


@dataclass(frozen=True)
class Row:
    """One line of a table: a method with its options, trained once or with several seeds."""

    rank: int | None
    """From 1; `None` for reference rows, which read the answers."""
    entries: tuple[Entry, ...]
    """One per training seed, in the order of these; a single one where nothing is known of a training."""
    scores: dict[str, Score]
    """By score specification; of several trainings the mean, with their spread in its error."""
    label: str
    """The method's label, with what distinguishes it from other rows of that label."""
    rank_range: tuple[int, int] | None = None
    """The best and the worst rank that the paired tests leave open; `None` where the row was not tested."""
    letters: str = ""
    """Rows that share a letter are not distinguishable; empty where the row was not tested."""
    objections: tuple[Objection, ...] = ()
    """To its records, open or upheld."""
    tier: Tier = "submitted"
    """How far somebody else checked it; of several trainings the lowest."""

    @property
    def records(self) -> tuple[Record, ...]:
        """The records of the entries."""
        return tuple(entry.record for entry in self.entries)

    @property
    def record(self) -> Record:
        """The first of the records."""
        return self.entries[0].record

    @property
    def digests(self) -> tuple[str, ...]:
        """SHA-256 of the records' lines."""
        return tuple(entry.digest for entry in self.entries)

    @property
    def seeds(self) -> tuple[int, ...]:
        """The training seeds; empty where the records say nothing of a training."""
        return tuple(seed for record in self.records if (seed := record.training_seed) is not None)

    @property
    def trained(self) -> bool:
        """Whether something was trained, so that another training would give other samples."""
        return bool(self.seeds) or self.record.method.checkpoint is not None


@dataclass(frozen=True)
class Excluded:
    """A record that may not stand in the table, and why."""

    entry: Entry
    why: Difference

    @property
    def record(self) -> Record:
        """The record."""
        return self.entry.record


@dataclass(frozen=True)
class Board:
    """The rows that may be compared, and the records that may not stand among them, with the reason."""

    task: str
    ranked_by: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    excluded: tuple[Excluded, ...]
    tested: Tested | None = None
    """`None` where records lack the values of each condition, or fewer than two rows are ranked."""
    rule: int = RULE
    """The version of the tests that the ranks rest on."""
    costs: tuple[str, ...] | None = None
    """The columns of cost to show, by name (`benchbench.publish.cost`); `None`: all of which something is known."""


def make_board(
    task: Task,
    fingerprint: str | None,
    records: Iterable[Entry | Record],
    off_protocol: bool = False,
    rule: int = RULE,
    metrics: Sequence[str] | None = None,
) -> Board:
    """Return the board of the task's records; of one method, options, seeds and device the newest record counts.

    Records that differ in the seed, machine or precision of their training alone make one row. Rows share task version,
    fingerprint, protocol and score identities: those that most records have, or the newest ones where two are as
    frequent (`fingerprint` fixes the first). The rows of a method have the options of its newest record. A record that
    does not fit is excluded, with the reason. `off_protocol` lets shortened runs in, of the newest one's protocol.
    `rule` is the version of the tests. `metrics` are the scores that each row must have, the one that ranks
    first; `None`: the task's.
    """
    given = [each if isinstance(each, Entry) else Entry("", each) for each in records]
    own = sorted((each for each in given if each.record.task.name == task.name), key=_created)
    metrics = task.metrics if metrics is None else metrics
    expected = expected_of(task, metrics, fingerprint, [entry.record for entry in own], off_protocol)
    excluded: list[Excluded] = []
    fitting = _newest_that_fit(own, expected, excluded)
    made = [entry.record.method for entry in fitting]
    of_method = {method.name: method for method in made}
    of_label = {(method.name, method.label): method for method in made}
    rows: dict[object, list[Entry]] = {}
    for entry in fitting:
        method = entry.record.method
        superseded = _superseded(method, of_method[method.name], of_label[method.name, method.label])
        if superseded:
            excluded.append(Excluded(entry, superseded))
        else:
            rows.setdefault(row_key(entry.record), []).append(entry)
    kept = [_of_one_version(entries, excluded) for entries in rows.values()]
    columns = shown_columns(metrics, [entry.record for entries in kept for entry in entries])
    rows_in_order = _ranked(kept, columns[0])
    candidates = [Candidate(row.label, row.records, row.trained) for row in rows_in_order if row.rank is not None]
    ranges, tests = left_open(candidates, columns[0], rule)
    found = iter(zip(ranges, tests.letters if tests else [""] * len(ranges), strict=True))
    shown = []
    for row in rows_in_order:
        rank_range, letters = next(found) if row.rank is not None else (None, "")
        shown.append(dataclasses.replace(row, rank_range=rank_range, letters=letters))
    return Board(task.name, columns[0], columns, tuple(shown), tuple(excluded), tests, rule)


def _created(entry: Entry) -> str:
    return entry.record.created


def _newest_that_fit(own: Sequence[Entry], expected: Expected, excluded: list[Excluded]) -> list[Entry]:
    """Return of each run the newest entry that may stand; newer ones that may not are added to `excluded`."""
    by_run: dict[object, list[Entry]] = {}
    for entry in own:
        by_run.setdefault(run_key(entry.record), []).append(entry)
    fitting = []
    for entries in by_run.values():
        for entry in reversed(entries):
            reasons = differences(entry.record, expected)
            if not reasons:
                fitting.append(entry)
                break
            excluded.append(Excluded(entry, reasons[0]))
    return sorted(fitting, key=_created)


def _superseded(then: RecordedMethod, newest: RecordedMethod, namesake: RecordedMethod) -> Difference | None:
    """Return why the record of a method that has other options by now no longer stands.

    It is held against the newest record of the method, and the newest of the same label. Within a version an option may
    be added whose default is left out (`Method.later_options`): a record that lacks it has it at its default.
    """
    ours, theirs = then.options.keys(), newest.options.keys()
    added = then.version == newest.version and (ours < theirs or theirs < ours)
    if ours == namesake.options.keys() and (ours == theirs or added):
        return None
    return Difference("options", then.name, ", ".join(sorted(ours)) or "none")


def _of_one_version(entries: Sequence[Entry], excluded: list[Excluded]) -> tuple[Entry, ...]:
    """Return the trainings made with the newest one's version of the method, in the order of their seeds."""
    version = entries[-1].record.method.version
    same = [entry for entry in entries if entry.record.method.version == version]
    excluded += [
        Excluded(
            each, Difference("method version", each.record.method.name, str(each.record.method.version), str(version))
        )
        for each in entries
        if each not in same
    ]
    return tuple(sorted(same, key=lambda entry: entry.record.training_seed or 0))


def shown_columns(metrics: Sequence[str], records: Sequence[Record]) -> tuple[str, ...]:
    """Return these metrics, then the others of their kind under extractors that every row has."""
    shown = list(metrics)
    names = {name_of(specification) for specification in metrics}
    if records:
        common = set.intersection(*({score.metric for score in record.scores} for record in records))
        for score in records[0].scores:
            if score.metric in common and score.metric not in shown and score.name in names:
                shown.append(score.metric)
    return tuple(shown)


def _ranked(kept: Sequence[tuple[Entry, ...]], metric: str) -> list[Row]:
    """Return the rows in the order of their ranking score, with their ranks."""
    names = labels([entries[0].record for entries in kept])
    rows = [
        Row(None, entries, merged([entry.record for entry in entries]), label)
        for entries, label in zip(kept, names, strict=True)
    ]
    rows.sort(key=lambda row: by_value(row.scores[metric]))
    ranked, rank = [], 0
    for row in rows:
        reference = row.record.method.reference
        rank += not reference
        ranked.append(row if reference else dataclasses.replace(row, rank=rank))
    return ranked
