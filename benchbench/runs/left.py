"""How much is left to do, in shards and seconds."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from benchbench.runs.course import Course
from benchbench.runs.sweep import State
from benchbench.system.records import record_files

Key = tuple[str, str, str]
"""Task, method's label and device."""


@dataclass(frozen=True)
class Left:
    """What a command would do for one run."""

    task: str
    method: str
    seed: int
    run_id: str
    shards: int
    missing: int
    """How many shards have to be worked; 0 for a run with a record."""
    recorded: bool
    seconds: float | None
    """Of sampling, from earlier runs of the method on the task; `None` where there was none."""
    refused: str = ""
    """Why it would be skipped; empty where it would not."""


def what_is_left(run: Course, known: dict[Key, float], device: str, force: bool) -> Left:
    """Return what is left to do of a run. `known`: seconds per shard."""
    recorded = not force and _is_recorded(run)
    refused = None if recorded else run.refused()
    nothing = recorded or refused is not None
    missing = 0 if nothing else run.num_shards if force else len(run.missing())
    each = known.get((run.task, run.label, device))
    seconds = 0.0 if nothing else None if each is None else each * missing
    told = "" if refused is None else str(refused)
    return Left(run.task, run.label, run.seed, run.run_id, run.num_shards, missing, recorded, seconds, told)


def _is_recorded(run: Course) -> bool:
    record = run.directory.read_record()
    return record is not None and record.status == "ok"


def seconds_per_shard(output: Path, conditions: int) -> dict[Key, float]:
    """Return how long earlier runs in a folder sampled for this many conditions; damaged records are left out."""
    known: dict[Key, float] = {}
    for path in record_files(output):
        with suppress(OSError, ValueError, KeyError, TypeError):
            record = json.loads(path.read_text())
            key = record["task"]["name"], record["method"]["label"], record["environment"]["device"]
            known[key] = conditions * record["timing"]["sampling_seconds"] / record["protocol"]["num_conditions"]
    return known


def total_seconds(left: Iterable[Left], workers: int) -> tuple[float, int]:
    """Return the seconds that are known, on all workers at once, and of how many runs nothing is known."""
    given = list(left)
    known = sum(each.seconds for each in given if each.seconds is not None)
    return known / max(1, workers), sum(each.seconds is None for each in given)


def seconds_left(states: Sequence[State], workers: int) -> float | None:
    """Return about how long a sweep will still take: a run's shards as the ones before, others as the mean run's.

    `None` before the first shard is done.
    """
    pace = {id(s): s.spent / s.worked_shards for s in states if s.worked_shards}
    if not pace:
        return None
    mean = sum(pace.values()) / len(pace)
    open_ = [state for state in states if not state.over]
    total = sum((s.run.num_shards - s.shards_done) * pace.get(id(s), mean) for s in open_)
    return total / max(1, workers)


def shown(seconds: float) -> str:
    """Return a time in words: `40 s`, `12 min`, `3 h 20 min`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"
