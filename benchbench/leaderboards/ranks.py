"""Ranks of rows, what the paired tests leave open of them, and what rows are called; pure."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchbench.core.record import Record, Score
from benchbench.stats import ranking
from benchbench.stats.letters import letters_of
from benchbench.stats.simultaneous import simultaneous
from benchbench.stats.spreads import NO_OUTLIERS, OUTLIERS, learned

RULE = 3
"""The version of the tests that ranks rest on, which an edition records.

1: the variance over trainings is that of each row's own trainings; one training has none; one record without values by
condition leaves the whole board untested; Holm's correction. 2: what the rows of a board say of that variance is shared
(`benchbench.stats.spreads`), by rows of one training too; a row without values by condition alone is untested; all
pairs are tested together (`benchbench.stats.simultaneous`). 3: a share of the rows may vary far more over
trainings than the others do (`benchbench.stats.spreads.OUTLIERS`).
"""
SHOWN = 20
"""The first rows, of which the p-values of all pairs are kept."""
Range = tuple[int, int] | None
"""The best and the worst rank of a row."""


@dataclass(frozen=True)
class Tested:
    """What the paired tests of the ranked rows were, and which rows they could not distinguish."""

    conditions: int
    groups: int
    pairs: int
    letters: tuple[str, ...] = ()
    """Of each row that was ranked: rows that share a letter are not distinguishable; empty for an untested one."""
    untested: tuple[str, ...] = ()
    """The labels of rows that lack the values by condition of the others."""
    pooled: tuple[str, ...] = ()
    """The labels of rows of one training, whose variance over trainings is that of the others."""
    deviation: float | None = None
    """The typical standard deviation between trainings that the rows share; `None` where they share none."""
    p_values: tuple[tuple[float, ...], ...] = ()
    """Of the first `SHOWN` rows that were tested, in the order of their ranks: p, adjusted for all pairs, of each
    against every row before it."""


@dataclass(frozen=True)
class Candidate:
    """One row to rank: its label, its records, and whether something was trained."""

    label: str
    records: tuple[Record, ...]
    trained: bool


def by_value(score: Score) -> float:
    """Return what rows are sorted by: the best first."""
    return -score.value if score.higher_is_better else score.value


def left_open(
    rows: Sequence[Candidate], metric: str, rule: int = RULE, trainings: bool = True
) -> tuple[list[Range], Tested | None]:
    """Return each ranked row's rank range, and what was tested; no ranges where the records allow no test.

    Rows come in the order of their ranks. Without `trainings` the conditions alone are tested: whether these very
    checkpoints differ.
    """
    higher = _better_side(rows[0].records[0], metric) if rows else None
    groups = _commonest_groups(rows, metric)
    has_values = [groups is not None and _has_values(row, metric, groups) for row in rows]
    if rule == 1 and not all(has_values):
        has_values = [False] * len(rows)
    there = [row for row, each in zip(rows, has_values, strict=True) if each]
    if len(there) < 2 or groups is None or higher is None:
        return [None] * len(rows), None
    values = tuple(tuple(each.paired.values for each in row.records if each.paired) for row in there)
    shared = rule > 1 and trainings
    kind = tuple(row.trained for row in there) if shared else None
    found = _compared(values if trainings else _means(values), groups, higher, kind, rule)
    untested = len(rows) - len(there)
    ranges = iter((best, worst + untested) for best, worst in found.ranges)
    letters = iter(found.letters)
    pooled = [row.label for row in there if row.trained and len(row.records) == 1] if found.deviation else []
    return [next(ranges) if each else None for each in has_values], Tested(
        conditions=len(groups),
        groups=len(set(groups)),
        pairs=found.pairs,
        letters=tuple(next(letters) if each else "" for each in has_values),
        untested=tuple(row.label for row, each in zip(rows, has_values, strict=True) if not each),
        pooled=tuple(pooled),
        deviation=found.deviation,
        p_values=found.p_values,
    )


@dataclass(frozen=True)
class _Compared:
    """What the tests of all pairs say, by the places of the methods."""

    ranges: tuple[tuple[int, int], ...]
    letters: tuple[str, ...]
    pairs: int
    deviation: float | None
    p_values: tuple[tuple[float, ...], ...]


_Values = tuple[tuple[tuple[float, ...], ...], ...]


def _means(values: _Values) -> _Values:
    """Return the values of the mean over trainings, as if it were one training."""
    return tuple((tuple(sum(column) / len(column) for column in zip(*each, strict=True)),) for each in values)


@functools.lru_cache(maxsize=32)  # publishing makes one board for the edition, the page and the site
def _compared(
    values: _Values, groups: tuple[int, ...], higher_is_better: bool, trained: tuple[bool, ...] | None, rule: int
) -> _Compared:
    """Return what the tests say of methods, given the values of each training of each.

    `trained` says which methods have a variance over trainings, where they share what is known of it.
    """
    spreads = learned(values, trained, NO_OUTLIERS if rule == 2 else OUTLIERS) if trained is not None else None
    pairs = ranking.pairwise(values, groups) if rule == 1 else simultaneous(values, groups, spreads)
    ranges = ranking.rank_ranges(pairs, higher_is_better)
    deviation = spreads.deviation if spreads else None
    return _Compared(tuple(ranges), tuple(letters_of(pairs)), len(pairs), deviation, _p_values(pairs))


def _p_values(pairs: ranking.Pairs) -> tuple[tuple[float, ...], ...]:
    """Return p of each of the first methods against every one before it."""
    number = min(pairs.number, SHOWN)
    shown = (pairs.first < number) & (pairs.second < number)
    p = np.zeros((number, number))
    p[pairs.second[shown], pairs.first[shown]] = pairs.adjusted[shown]
    return tuple(tuple(p[place, :place].tolist()) for place in range(number))


def forget() -> None:
    """Forget the comparisons that are kept for the next board of the same values."""
    _compared.cache_clear()


def _better_side(record: Record, metric: str) -> bool | None:
    return next((score.higher_is_better for score in record.scores if score.metric == metric), None)


def _has_values(row: Candidate, metric: str, groups: tuple[int, ...]) -> bool:
    """Return whether all records of a row have values by condition, on the conditions of these groups."""
    paired = [record.paired for record in row.records]
    return all(each is not None and (each.metric, each.groups) == (metric, groups) for each in paired)


def _commonest_groups(rows: Sequence[Candidate], metric: str) -> tuple[int, ...] | None:
    """Return the groups of the conditions that most records have; `None` where none has any."""
    paired = [record.paired for row in rows for record in row.records]
    found = Counter(each.groups for each in paired if each is not None and each.metric == metric)
    return found.most_common(1)[0][0] if found else None


def labels(records: Sequence[Record]) -> list[str]:
    """Return the methods' labels, with seed, device, steps or checkpoint where the label alone says too little."""
    alike: dict[str, list[Record]] = {}
    for record in records:
        alike.setdefault(record.method.label, []).append(record)
    return [_label(record, alike[record.method.label]) for record in records]


def _label(record: Record, alike: Sequence[Record]) -> str:
    own, parts = record.method.label, []
    if len({each.seed for each in alike}) > 1:
        parts.append(f"seed {record.seed}")
    if len({each.environment.device for each in alike}) > 1:
        parts.append(record.environment.device)
    if len({each.training.steps if each.training else None for each in alike}) > 1 and record.training:
        parts.append(f"{record.training.steps} steps")
    if len({each.method.checkpoint for each in alike}) > 1 and not record.training:
        parts.append(f"checkpoint {str(record.method.checkpoint)[:8]}")
    return f"{own} ({', '.join(parts)})" if parts else own
