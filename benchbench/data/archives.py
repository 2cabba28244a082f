"""Archives unpacked so that nothing lands outside the target and no link is followed."""

from __future__ import annotations

import gzip
import lzma
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from benchbench.core import BenchbenchError
from benchbench.system.files import writing

SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")

Tick = Callable[[int, int], None]

Member = tuple[str, int, Callable[[], IO[bytes]]]
"""Name, size in bytes, and what opens it."""

_BROKEN = (
    zipfile.BadZipFile,
    tarfile.TarError,
    gzip.BadGzipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
)


def is_archive(path: Path) -> bool:
    """Tell an archive by its name."""
    return path.name.lower().endswith(SUFFIXES)


def unpack(archive: Path, folder: Path, keep: str = "", tick: Tick = lambda done, total: None) -> int:
    """Unpack the plain files of an archive into a folder, and return their number; all of it or nothing.

    With `keep`, those alone whose path holds this folder. `tick` is told of the bytes written and of 0. Links and
    devices are left out. Raise `BenchbenchError` for a name that leads out of the folder, a broken archive or a full
    disk.
    """
    if not archive.is_file():
        raise BenchbenchError(f"{archive} is not a file")
    part = folder / f".{archive.name}.part"
    try:
        with writing(folder):
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir(parents=True)
            number = _write_members(archive, part, keep, tick)
            for child in sorted(part.iterdir()):
                place = folder / child.name
                if place.is_dir():
                    shutil.rmtree(place)
                child.replace(place)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return number


def _write_members(archive: Path, part: Path, keep: str, tick: Tick) -> int:
    number = written = 0
    try:
        for name, size, opened in _of_zip(archive) if archive.name.lower().endswith(".zip") else _of_tar(archive):
            path = _inside(archive, name)
            if keep and f"/{keep.strip('/')}/" not in f"/{path}":
                continue
            place = part / path
            place.parent.mkdir(parents=True, exist_ok=True)
            with opened() as content, place.open("wb") as file:
                shutil.copyfileobj(content, file, 1 << 20)
            number, written = number + 1, written + size
            tick(written, 0)
    except _BROKEN as error:
        raise BenchbenchError(
            f"{archive} is not a whole archive ({' '.join(str(error).split())}); get it again"
        ) from None
    if not number:
        raise BenchbenchError(f"{archive} holds no plain file" + (f" under {keep}" if keep else ""))
    return number


def _inside(archive: Path, name: str) -> PurePosixPath:
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or (path.parts and path.parts[0].endswith(":")):
        raise BenchbenchError(f"{archive}: the member {name!r} leads out of the target; nothing was unpacked")
    return path


def _of_zip(archive: Path) -> Iterator[Member]:
    with zipfile.ZipFile(archive) as file:
        for info in file.infolist():
            if not info.is_dir() and stat.S_IFMT(info.external_attr >> 16) in (0, stat.S_IFREG):
                yield info.filename, info.file_size, lambda info=info: file.open(info)


def _of_tar(archive: Path) -> Iterator[Member]:
    with tarfile.open(archive, "r:*") as file:
        for info in file:
            if info.isfile():
                yield info.name, info.size, lambda info=info: file.extractfile(info)
