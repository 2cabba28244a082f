"""Unpacked archives: a folder of the suite's own per data set, with a manifest of its files and what they came from."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchbench.data.archives import is_archive, unpack
from benchbench.data.filling import Filling, OwnFile
from benchbench.data.source import Source
from benchbench.system.envelope import Damaged, sealed, sum_of, unsealed
from benchbench.system.files import held, write_text
from benchbench.system.folders import filling, require_own
from benchbench.system.regular import open_regular, read_regular, shown

OWN = ".benchbench.json"
"""The manifest of an unpacked folder."""

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Contents:
    """What an unpacked folder was made of."""

    archives: Mapping[str, str]
    """The SHA-256 of each archive or loose file, by its name."""
    files: Mapping[str, OwnFile]
    """By the path in the folder."""


def place_of(root: Path, source: Source) -> Path:
    """Return the folder into which the archives of a data set are unpacked."""
    return root / "unpacked" / source.name


def unpacked(
    source: Source, root: Path, files: Sequence[Path], progress: Progress, complete: Callable[[Path], None]
) -> Path:
    """Unpack archives, and copy loose files, into the data set's own folder, and return that; change nothing if done.

    All of it or nothing: `complete` raises where the filled folder is not to be kept. What was unpacked there before is
    replaced, unless it holds files that the suite did not write.
    """
    place = place_of(root, source)
    with held(place.with_name(f".{place.name}.lock"), f"another process unpacks {source.name}; wait for it", 600):
        archives = {path.name: sum_of(path) for path in files}
        before = _contents(place)
        if before is not None and before.archives == archives and not _changed(place, before):
            return place
        if place.exists():
            own = (
                [] if before is None else [OWN, *(path for path in before.files if path not in _changed(place, before))]
            )
            require_own(place, own, f"where {source.name} is unpacked")
        with filling(place) as aside:
            filled = Filling(aside)
            for path in files:
                if is_archive(path):
                    unpack(path, filled, source.keep, source.limits, partial(progress, f"unpacking {path.name}"))
                else:
                    with open_regular(path) as content:
                        filled.add(path.name, content, path.name, lambda size: None)
            complete(aside)
            fields = dataclasses.asdict(Contents(archives, filled.files))
            write_text(aside / OWN, sealed(fields))
    return place


def _contents(place: Path) -> Contents | None:
    try:
        fields = unsealed(read_regular(place / OWN).decode(), shown(place / OWN))
        return Contents(fields["archives"], {path: OwnFile(**each) for path, each in fields["files"].items()})
    except (OSError, Damaged, UnicodeDecodeError, KeyError, TypeError, AttributeError):
        return None


def _changed(place: Path, contents: Contents) -> set[str]:
    """Return the paths of files that are not as they were unpacked: absent, or of other content."""
    return {path for path, each in contents.files.items() if not _same(place / path, each)}


def _same(path: Path, was: OwnFile) -> bool:
    try:
        status = path.stat()
        if status.st_size != was.size:
            return False
        return status.st_mtime_ns == was.mtime_ns or sum_of(path) == was.sha256
    except OSError:
        return False
