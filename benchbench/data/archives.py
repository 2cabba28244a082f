"""Archives unpacked so that nothing lands outside the target, no link is followed and no limit is passed."""

from __future__ import annotations

import gzip
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, cast

from benchbench.core import BenchbenchError
from benchbench.data.source import Limits
from benchbench.system.regular import is_litter, open_regular, shown
from benchbench.system.signatures import what_file

if TYPE_CHECKING:
    from benchbench.data.filling import Filling

SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
DEEPEST = 64
"""Folders in each other."""
LONGEST = 1024
"""Bytes of a member's name."""
FREE_BYTES = 64 << 20
"""Below this no ratio is looked at."""

Tick = Callable[[int, int], None]

Opener = Callable[[], AbstractContextManager[IO[bytes]]]

_BROKEN = (
    zipfile.BadZipFile,
    tarfile.TarError,
    gzip.BadGzipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    UnicodeError,
    OverflowError,
    ValueError,
    RecursionError,
    RuntimeError,
)
"""What the readers of the standard library raise for files that are damaged or hostile."""


def is_archive(path: Path) -> bool:
    """Return whether the name is that of an archive."""
    return path.name.lower().endswith(SUFFIXES)


def unpack(
    archive: Path,
    into: Filling,
    keep: str = "",
    limits: Limits = Limits(),  # noqa: B008 -- it is frozen
    tick: Tick = lambda done, total: None,
) -> int:
    """Unpack the plain files of an archive into a folder that is being filled, and return their number.

    With `keep`, those alone whose path holds this folder. `tick` receives the bytes written and 0. Links, devices and
    what operating systems leave are left out. Raise `BenchbenchError` for a name that leads out of the folder, one
    that is no UTF-8 or has a NUL, an encrypted or broken archive, and one that passes a limit.
    """
    allowed = min(limits.most_bytes, max(FREE_BYTES, int(limits.most_ratio * archive.stat().st_size)))
    number = written = 0

    def count(size: int) -> None:
        nonlocal written
        written += size
        if written > allowed:
            why = "most_bytes" if allowed == limits.most_bytes else "most_ratio"
            raise BenchbenchError(
                f"{shown(archive)} unpacks to more than {allowed:,} bytes ({why} of {limits.whose}); nothing was"
                f" unpacked{limits.advice}"
            )
        tick(written, 0)

    try:
        with open_regular(archive) as file:
            for name, opened in _of_zip(archive, file) if archive.name.lower().endswith(".zip") else _of_tar(file):
                path = _inside(archive, name)
                if any(map(is_litter, path.parts)) or (keep and f"/{keep.strip('/')}/" not in f"/{path}"):
                    continue
                with opened() as content:
                    into.add(str(path), content, archive.name, count)
                number += 1
    except _BROKEN as error:
        found = what_file(archive)
        is_other = found and "archive" not in found and "gzip" not in found
        why = f"it is {found}" if is_other else " ".join(shown(error).split()) or type(error).__name__
        raise BenchbenchError(f"{shown(archive)} is not a whole archive ({why}); get it again") from None
    if not number:
        raise BenchbenchError(f"{shown(archive)} holds no plain file" + (f" under {keep}" if keep else ""))
    return number


def _inside(archive: Path, name: str) -> PurePosixPath:
    """Return a member's name as a path below the target; raise `BenchbenchError` for any that is not one."""
    path, start = PurePosixPath(name.replace("\\", "/")), f"{shown(archive)}: the member {shown(repr(name[:80]))}"
    if path.is_absolute() or ".." in path.parts or (path.parts and path.parts[0].endswith(":")):
        raise BenchbenchError(f"{start} leads out of the target; nothing was unpacked")
    try:
        length = len(name.encode())
    except UnicodeEncodeError:
        raise BenchbenchError(f"{start} has a name that is no UTF-8; unpack it yourself, give the folder") from None
    if "\0" in name or not path.parts:
        raise BenchbenchError(f"{start} has a name with a NUL or without a letter; nothing was unpacked")
    if length > LONGEST or len(path.parts) > DEEPEST:
        raise BenchbenchError(
            f"{start} lies {len(path.parts)} folders deep, or its name is too long; nothing was unpacked"
        )
    return path


def _of_zip(archive: Path, file: IO[bytes]) -> Iterator[tuple[str, Opener]]:
    with zipfile.ZipFile(file) as members:
        for info in members.infolist():
            if info.is_dir() or stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG):
                continue
            if info.flag_bits & 1:
                raise BenchbenchError(
                    f"{shown(archive)} is encrypted; unpack it yourself, and give the folder with --from"
                )
            yield info.orig_filename if "\0" in info.orig_filename else info.filename, partial(members.open, info)


def _of_tar(file: IO[bytes]) -> Iterator[tuple[str, Opener]]:
    with tarfile.open(fileobj=file, mode="r:*") as members:
        for info in members:
            if info.isfile():
                yield info.name, cast(Opener, partial(members.extractfile, info))
