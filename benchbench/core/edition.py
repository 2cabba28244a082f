"""A numbered state of a leaderboard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from benchbench.core.uncertainty import STRICT

SCHEMA = 3
"""Of the editions that are written."""


@dataclass(frozen=True)
class Standing:
    """One ranked row of an edition."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    label: str
    rank: int
    best: int
    """The ranks that the paired tests leave open, from `best` …"""
    worst: int
    """… to `worst`."""
    value: float
    """Of the score that ranks; the mean over trainings where there are several."""
    records: tuple[str, ...]
    """SHA-256 of the lines of the row's records, one per training seed."""


@dataclass(frozen=True)
class Edition:
    """A numbered state of a leaderboard that does not change any more."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    task: str
    task_version: int
    fingerprint: str
    number: int
    """From 1."""
    date: str
    """`YYYY-MM-DD`."""
    benchbench: str
    """The version that published it."""
    ranked_by: str
    records: tuple[str, ...]
    """SHA-256 of the line of every record that it shows, in their order; references are among them."""
    standings: tuple[Standing, ...]
    """The ranked rows."""
    changes: tuple[str, ...]
    """What differs from the edition before, one sentence each."""
    previous: str
    """SHA-256 of the file of the edition before; empty for the first."""
    num_rows: int = 0
    """How many rows the records make, references among them."""
    rule: int = 1
    """The version of the tests that `best` and `worst` rest on (`benchbench.leaderboards.ranks.RULE`)."""
    schema: int = SCHEMA
    """1 where the file has no such field: there a standing has one `record`; below 3 there is no `rule`."""
