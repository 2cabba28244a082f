"""A data set's folder: given by the user, found, or downloaded; archives are unpacked into a folder of our own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from benchbench.core import MissingData
from benchbench.data.archives import is_archive
from benchbench.data.lost import lies
from benchbench.data.source import Source, in_words, lacking
from benchbench.data.task import PreparedTask
from benchbench.data.unpacked import unpacked
from benchbench.system.files import held
from benchbench.system.regular import shown

Progress = Callable[[str, int, int], None]
"""Told of what is done, how much of it, and of how much (0: not known)."""


def silent(what: str, done: int, total: int) -> None:
    """Show nothing."""


def obtain(task: PreparedTask, root: Path, given: Sequence[Path] = (), progress: Progress = silent) -> Path:
    """Return the data set's folder: as given, found under `root`, or downloaded, and unpacked aside."""
    source = task.source
    for path in given:
        if not path.exists():
            raise MissingData(f"--from {shown(path)}: there is no such file or folder")
        if not path.is_file() and not path.is_dir():
            raise MissingData(f"--from {shown(path)} is neither a regular file nor a folder")
    files, folders = [path for path in given if path.is_file()], [path for path in given if path.is_dir()]
    if not given:
        found = source.find_under(root)
        if found is not None:
            return found
        downloads = root / "downloads" / source.name
        with held(downloads.with_name(f".{source.name}.lock"), f"another process fetches {source.name}; wait for it"):
            files = list(task.fetch(downloads, progress))

    def complete(folder: Path) -> None:
        if source.find([*folders, folder]) is None:
            raise MissingData(_not_in(source, [*folders, folder], [*folders, *files]))

    if files:
        folders.append(unpacked(source, root, files, progress, complete))
    found = source.find(folders)
    if found is None:
        raise MissingData(_not_in(source, folders, folders))
    return found


def _not_in(source: Source, places: Sequence[Path], named: Sequence[Path]) -> str:
    wanted = in_words(lacking(source.layout, places) or source.layout)
    inside = [str(path) for place in places if place.is_dir() for path in sorted(place.iterdir()) if is_archive(path)]
    hint = f"; that folder is called {source.name}, or named by --from itself" if source.named else ""
    hint += f"; give its archives as they are: --from {' --from '.join(inside[:3])}" if inside else ""
    hint += "; give all its parts in one command" if any(path.is_file() for path in named) else ""
    return (
        f"{source.name} is not in {', '.join(map(shown, named))}: {wanted} should stand in one folder"
        f" there{hint}{lies(source.layout, places)}. See {source.homepage}"
    )
