"""Ranks of rows, what the paired tests leave open of them, and what rows are called; pure."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

from benchbench.core.record import PairedValues, Record, Score
from benchbench.stats import ranking

Range = tuple[int, int] | None
"""The best and the worst rank of a row."""


@dataclass(frozen=True)
class Tested:
    """What the paired tests of the ranked rows were, and which rows they could not distinguish."""

    conditions: int
    groups: int
    pairs: int
    indistinguishable: tuple[tuple[str, ...], ...]
    """Sets of rows, by label, of which no two are distinguishable."""


def by_value(score: Score) -> float:
    """Return what rows are sorted by: the best first."""
    return -score.value if score.higher_is_better else score.value


def tested(
    rows: Sequence[tuple[Sequence[Record], bool]], metric: str, names: Sequence[str]
) -> tuple[list[Range], Tested | None]:
    """Return each row's rank range, and what was tested; no ranges where the records allow no test.

    A row is its records, and whether it is ranked; rows come in the order of their ranks.
    """
    none: list[Range] = [None] * len(rows)
    ranked = [place for place, (_, is_ranked) in enumerate(rows) if is_ranked]
    paired = [[record.paired for record in rows[place][0]] for place in ranked]
    higher = _better_side(rows[ranked[0]][0][0], metric) if ranked else None
    groups = _shared_groups([each for own in paired for each in own], metric)
    if len(ranked) < 2 or groups is None or higher is None:
        return none, None
    values = tuple(tuple(each.values for each in own if each is not None) for own in paired)
    found = _compared(values, tuple(groups), higher)
    ranges: list[Range] = list(none)
    for place, left_open in zip(ranked, found.ranges, strict=True):
        ranges[place] = left_open
    alike = tuple(tuple(names[ranked[i]] for i in members) for members in found.indistinguishable)
    return ranges, Tested(len(groups), len(set(groups)), found.pairs, alike)


@dataclass(frozen=True)
class _Compared:
    """What the tests of all pairs say, by the places of the methods."""

    ranges: tuple[tuple[int, int], ...]
    indistinguishable: tuple[tuple[int, ...], ...]
    pairs: int


@functools.lru_cache(maxsize=16)  # publishing makes one board for the edition, the page and the site
def _compared(
    values: tuple[tuple[tuple[float, ...], ...], ...], groups: tuple[int, ...], higher_is_better: bool
) -> _Compared:
    """Return what the tests say of methods, given the values of each training of each."""
    pairs = ranking.pairwise(values, groups)
    ranges = ranking.rank_ranges(pairs, higher_is_better)
    return _Compared(tuple(ranges), tuple(ranking.indistinguishable(pairs)), len(pairs))


def _better_side(record: Record, metric: str) -> bool | None:
    return next((score.higher_is_better for score in record.scores if score.metric == metric), None)


def _shared_groups(paired: Sequence[PairedValues | None], metric: str) -> list[int] | None:
    """Return the groups of the conditions, which all records must share; `None` where they do not."""
    first = paired[0] if paired else None
    if first is None or any(each is None or each.metric != metric or each.groups != first.groups for each in paired):
        return None
    return list(first.groups)


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
