"""Only regular files are opened: a FIFO would hang for ever, a device has no end, a socket has no content."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from benchbench.core import BenchbenchError

MOST_BYTES = 2 << 30
"""What `read_regular` reads at most: one image or list of a data set is far smaller."""

LITTER = frozenset(
    {
        "thumbs.db",
        "ehthumbs.db",
        "desktop.ini",
        "__macosx",
        "icon\r",
        "@eadir",
        "$recycle.bin",
        "system volume information",
    }
)
"""Names, in lower case, that operating systems and their file managers leave in folders and archives."""

_KINDS = {
    stat.S_IFIFO: "a FIFO",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
    stat.S_IFDIR: "a folder",
}


class NotRegular(BenchbenchError):
    """A FIFO, device, socket or folder stands where a file should."""


def is_litter(name: str) -> bool:
    """Return whether a file or folder of this name was left by an operating system, or is hidden (`.DS_Store`, `._x`).

    Such names are no image, no sample and no part of any hash.
    """
    return name.startswith(".") or name.lower() in LITTER


def shown(name: object) -> str:
    """Return a name or path as text that every terminal and file takes: bytes that are no UTF-8 are escaped."""
    return str(name).encode("utf-8", "backslashreplace").decode()


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file, or a link to one, for reading; never wait.

    Raise `NotRegular` for a FIFO, device, socket or folder, `OSError` where it is absent or not readable.
    """
    _require(path, os.stat(path).st_mode)  # before opening: to open a device may act on it
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        _require(path, os.fstat(descriptor).st_mode)  # after opening: it may have been replaced
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def read_regular(path: Path, most: int = MOST_BYTES) -> bytes:
    """Return the content of a regular file; raise as `open_regular`, or `BenchbenchError` above `most` bytes."""
    with open_regular(path) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise BenchbenchError(f"{shown(path)} is larger than {most:,} bytes, the most that is read of one file")
    return content


def _require(path: Path, mode: int) -> None:
    if not stat.S_ISREG(mode):
        kind = _KINDS.get(stat.S_IFMT(mode), "of an unknown kind")
        raise NotRegular(f"{shown(path)} is {kind}, not a regular file")
