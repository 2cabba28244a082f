"""Run directories in a folder: what each is, how far it came, and what may be removed of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from benchbench.core import Busy
from benchbench.runs.directory import RunDirectory
from benchbench.system.owner import Owner, owner_of
from benchbench.system.records import RECORD, object_in


@dataclass(frozen=True)
class Found:
    """A run directory."""

    path: Path
    task: str
    method: str
    """Its label; its name where there is no record yet."""
    seed: int | None
    state: str
    """`ok`, `skipped`, `failed`, `running`, `unfinished` (no record, and nobody works on it) or `damaged`."""
    shards: int
    """On disk: the record's are removed once it is good."""
    size: int
    """In bytes."""
    created: str
    reason: str = ""
    owner: Owner | None = None
    """Who works on it."""


def find_runs(root: Path) -> Iterator[Found]:
    """Yield the run directories in a folder, in the order of their paths."""
    for path in sorted(root.glob("*/*/*/run.json")):
        yield look(path.parent)


def look(path: Path) -> Found:
    """Return what a run directory is."""
    identity, record = object_in(path / "run.json"), object_in(path / RECORD)
    owner = owner_of(RunDirectory(path).lock)
    state = str(record.get("status", "damaged" if (path / RECORD).exists() else "unfinished"))
    if owner is not None and not owner.gone:
        state = "running"
    method = record.get("method") or identity.get("method") or {}
    files = [each for each in path.rglob("*") if each.is_file()]
    return Found(
        path=path,
        task=path.parts[-3],
        method=str(method.get("label") or method.get("name") or path.parts[-2]),
        seed=record.get("seed", identity.get("seed")),
        state=state,
        shards=len(list(path.glob("shards/*.json"))),
        size=sum(each.stat().st_size for each in files),
        created=str(record.get("created", "")),
        reason=str(record.get("reason", "")),
        owner=owner if state == "running" else None,
    )


def clean(found: Iterable[Found], states: Iterable[str]) -> Iterator[Found]:
    """Remove the runs that are in one of these states, and yield each; those that somebody works on stay."""
    wanted = set(states) - {"running"}
    for each in found:
        if each.state not in wanted:
            continue
        directory = RunDirectory(each.path)
        with suppress(Busy), directory.locked():
            directory.clear()
            yield each
        if not any(child.name != directory.lock.name for child in each.path.iterdir()):
            shutil.rmtree(each.path, ignore_errors=True)
