"""What differs between two editions of a leaderboard, as facts; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from benchbench.core.edition import Edition, Standing


@dataclass(frozen=True)
class First:
    """There was no edition before."""

    rows: int
    ranked: int


@dataclass(frozen=True)
class Added:
    """A ranked row that the edition before lacks."""

    label: str
    rank: int


@dataclass(frozen=True)
class Removed:
    """A ranked row of the edition before that this one lacks."""

    label: str
    rank: int
    """In the edition before."""
    why: str = ""
    """The rule of the objection that struck it; empty where none did."""


@dataclass(frozen=True)
class Measured:
    """A ranked row that is made of other records than before."""

    label: str
    more_seeds: int
    """How many more training seeds it has; zero or less: other records for the same seeds."""
    before: float
    now: float


@dataclass(frozen=True)
class References:
    """Rows that read the answers, and are new or made of other records."""

    labels: tuple[str, ...]


@dataclass(frozen=True)
class Moved:
    """A row of another rank than before, and what else changed."""

    label: str
    before: int
    now: int
    measured: tuple[str, ...]
    """The rows that are made of other records; this one may be among them."""
    added: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True)
class Reordered:
    """The same rows in another order."""


@dataclass(frozen=True)
class Ruled:
    """The ranks rest on another version of the tests."""

    before: int
    now: int


@dataclass(frozen=True)
class RankedBy:
    """The ranks are those of another score."""

    before: str
    now: str


Change: TypeAlias = First | RankedBy | Ruled | Added | Removed | Measured | References | Moved | Reordered


def changes(
    last: Edition | None,
    standings: Sequence[Standing],
    rows: Sequence[Sequence[str]],
    labels: Mapping[str, str],
    rule: int = 1,
    ranked_by: str = "",
) -> list[Change]:
    """Return what differs from the edition before.

    `rows` has the digests of each row's records, references among them; `labels` the row's label by each digest; `rule`
    is the version of the tests, and `ranked_by` the score that ranks (empty: that of the edition before). Where that is
    another one than before, ranks and values are not compared.
    """
    if last is None:
        return [First(len(rows), len(standings))]
    before, now = ({each.label: each for each in side} for side in (last.standings, standings))
    added = tuple(label for label in now if label not in before)
    removed = tuple(label for label in before if label not in now)
    again = tuple(label for label in now if label in before and now[label].records != before[label].records)
    ranked_by = ranked_by or last.ranked_by
    found: list[Change] = [RankedBy(last.ranked_by, ranked_by)] if ranked_by != last.ranked_by else []
    found += [Ruled(last.rule, rule)] if rule != last.rule else []
    found += [Added(label, now[label].rank) for label in added]
    found += [Removed(label, before[label].rank) for label in removed]
    found += [
        Measured(
            label,
            len(now[label].records) - len(before[label].records),
            before[label].value,
            now[label].value,
        )
        for label in (again if ranked_by == last.ranked_by else ())
    ]
    references = _new_references(last, standings, rows)
    if references:
        found.append(References(tuple(labels[keys[0]] for keys in references)))
    found += [
        Moved(label, before[label].rank, standing.rank, again, added, removed)
        for label, standing in now.items()
        if label in before and standing.rank != before[label].rank and ranked_by == last.ranked_by
    ]
    return found or [Reordered()]


def _new_references(last: Edition, standings: Sequence[Standing], rows: Sequence[Sequence[str]]) -> list[Sequence[str]]:
    ranked = {key for each in standings for key in each.records}
    return [keys for keys in rows if ranked.isdisjoint(keys) and not set(keys) <= set(last.records)]
