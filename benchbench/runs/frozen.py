"""Recorded methods opened again on another test: the same version, options and checkpoint, or the reason why not."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from benchbench.core import BenchbenchError, Method, MissingData, Unsupported
from benchbench.core.record import Record
from benchbench.methods.folder import Folder
from benchbench.runs.identity import hash_of
from benchbench.runs.request import Stage
from benchbench.runs.subject import Subject


class Shelf:
    """Checkpoints on disk, found by what a run reads of them; each is hashed once for a method and a task."""

    def __init__(self, places: Iterable[Path]) -> None:
        """Take files, and folders with all that they hold."""
        self._paths = [path for place in places for path in _beneath(place)]
        self._known: dict[tuple[str, Path], str] = {}

    def find(self, wanted: str, method: Method, stage: Stage) -> Path | None:
        """Return the checkpoint with this SHA-256: the one that ships with the method, or one of the shelf."""
        session = stage.session
        shipped = method.default_checkpoint(session.task)
        for path in [*([shipped] if shipped else []), *self._paths]:
            key = method.name, path
            if key not in self._known:
                self._known[key] = hash_of(method, session.task, path, session.protocol)
            if self._known[key] == wanted:
                return path
        return None


def frozen_subject(record: Record, stage: Stage, shelf: Shelf) -> Subject:
    """Return the method of a record as it was recorded, on the stage's task.

    Raise `BenchbenchError` with the reason where its plugin, its version or its checkpoint is not here.
    """
    then, kind = record.method, stage.registry.get("methods", record.method.name)
    if issubclass(kind, Folder):
        raise Unsupported("its images were made for the public test")
    if kind.version != then.version:
        raise BenchbenchError(f"version {then.version} of {then.name} is recorded, version {kind.version} is here")
    checkpoint = None
    if then.checkpoint is not None:
        method: Method = stage.subject(then.name, then.options).method
        checkpoint = shelf.find(then.checkpoint, method, stage)
        if checkpoint is None:
            raise MissingData(f"its checkpoint with SHA-256 {then.checkpoint[:12]}… is not here: name its folder")
    return stage.subject(then.name, then.options, checkpoint)


def _beneath(place: Path) -> list[Path]:
    if not place.exists():
        raise MissingData(f"there is no checkpoint at {place}")
    return sorted(path for path in place.rglob("*") if path.is_file()) if place.is_dir() else [place]
