"""Files that are whole or not there, and locks: every write is atomic."""

from __future__ import annotations

import errno
import glob
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from benchbench.core import BenchbenchError, Busy


@contextmanager
def held(path: Path, busy: str, patience: float = 0) -> Iterator[None]:
    """Hold a lock file, whose folder is made if need be; raise `Busy` with this message if another process does.

    `patience` is for how many seconds to wait for it.
    """
    from filelock import FileLock, Timeout

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path, timeout=patience)
    except OSError as error:
        raise _unwritable(path.parent, error) from None
    try:
        lock.acquire()
    except Timeout:
        raise Busy(busy) from None
    except OSError as error:
        raise _unwritable(path, error) from None
    try:
        yield
    finally:
        lock.release()


def write_text(path: Path, text: str) -> None:
    """Write a text file atomically."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes | memoryview, durable: bool = True) -> None:
    """Write a file atomically: a reader sees all of it or the one before, after a power cut too if `durable`."""

    def write(temporary: Path) -> None:
        with temporary.open("wb") as file:
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())

    replacing(path, write)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what the system says against writing `path` (disk full, read-only) into a `BenchbenchError`."""
    try:
        yield
    except OSError as error:
        raise _unwritable(path, error) from None


def replacing(path: Path, write: Callable[[Path], None]) -> None:
    """Let `write` make a temporary file beside `path`, then put it in its place; no two writers share a temporary."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
    try:
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            write(temporary)
            os.replace(temporary, path)
    except BaseException:
        _remove(temporary)
        raise


def remove_temporaries(*folders: Path, of: str = "") -> None:
    """Remove what a killed process left half written in folders that this process holds, or of files named `of…`."""
    for folder in folders:
        for path in folder.glob(f".{glob.escape(of)}*.tmp"):
            _remove(path)


def _remove(temporary: Path) -> None:
    with suppress(OSError):  # it may never have been there
        temporary.unlink()


def _unwritable(path: Path, error: OSError) -> BenchbenchError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return BenchbenchError(f"the disk is full: could not write {path}; what was finished before is kept")
    return BenchbenchError(f"could not write {path}: {error.strerror or error}")
