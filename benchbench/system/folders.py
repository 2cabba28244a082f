"""Folders of the suite's own: filled aside, put in place in one step, and never removed with somebody else's files."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from benchbench.core import BenchbenchError
from benchbench.system.files import writing
from benchbench.system.regular import is_litter, shown


def files_in(folder: Path) -> Iterator[str]:
    """Yield the paths of everything in a folder that is no folder, relative to it; links are not followed."""
    for place, _, names in os.walk(folder):
        for name in sorted(names):
            yield Path(place, name).relative_to(folder).as_posix()


def require_own(folder: Path, own: Iterable[str], what: str) -> None:
    """Raise `BenchbenchError` where a folder holds files that are not among `own`, the paths that the suite wrote.

    What operating systems leave is nobody's. `what` says what the folder is, for the message.
    """
    known = set(own)
    foreign = [path for path in files_in(folder) if path not in known and not is_litter(path.rsplit("/", 1)[-1])]
    if foreign:
        listed = ", ".join(map(shown, sorted(foreign)[:3])) + (", …" if len(foreign) > 3 else "")
        raise BenchbenchError(
            f"{shown(folder)} is {what}, and holds {len(foreign)} files that benchbench did not write, or that were"
            f" changed since: {listed}; move them elsewhere, nothing was removed"
        )


@contextmanager
def filling(place: Path) -> Iterator[Path]:
    """Give an empty folder beside `place` to fill, and put it in its place at the end; where that fails, remove it.

    The caller holds a lock on `place`, and has made sure (`require_own`) that nothing there is somebody else's.
    """
    recover(place)
    aside = place.with_name(f".{place.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
    try:
        with writing(place):
            aside.mkdir(parents=True)
            yield aside
            replace(aside, place)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def replace(new: Path, place: Path) -> None:
    """Put the folder `new` in the place of another, if one is there, which then is `new`'s old path or gone.

    In one step on Linux and macOS. Elsewhere two renames: a process killed between them leaves the old one as
    `.NAME.old`, and `recover` puts it back.
    """
    if not place.exists():
        new.rename(place)
    elif not _exchange(new, place):
        old = _old(place)
        place.rename(old)
        new.rename(place)
        shutil.rmtree(old, ignore_errors=True)


def recover(place: Path) -> None:
    """Remove what killed processes left beside `place`, whose lock the caller holds, and undo half a replacement."""
    with suppress(OSError):
        if _old(place).exists():
            shutil.rmtree(_old(place)) if place.exists() else _old(place).rename(place)
        for entry in list(os.scandir(place.parent)):
            if entry.name.startswith(f".{place.name}.") and entry.name.endswith(".tmp"):
                shutil.rmtree(entry.path, ignore_errors=True)


def _old(place: Path) -> Path:
    return place.with_name(f".{place.name}.old")


def _exchange(one: Path, other: Path) -> bool:
    """Swap two folders in one step; return whether the system and the file system can."""
    here, swap = -100, 2  # AT_FDCWD, RENAME_EXCHANGE; on macOS RENAME_SWAP
    try:
        import ctypes

        library = ctypes.CDLL(None, use_errno=True)
        if sys.platform == "linux":
            return bool(library.renameat2(here, os.fsencode(one), here, os.fsencode(other), swap) == 0)
        if sys.platform == "darwin":
            return bool(library.renamex_np(os.fsencode(one), os.fsencode(other), swap) == 0)
    except (ImportError, OSError, AttributeError, TypeError):
        pass
    return False
