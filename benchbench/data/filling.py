"""A fresh folder that takes the files of several archives."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from benchbench.core import BenchbenchError
from benchbench.system.regular import shown


@dataclass(frozen=True)
class OwnFile:
    """One file as it was unpacked."""

    size: int
    mtime_ns: int
    sha256: str


class Filling:
    """A fresh folder that takes the files of several archives; the same path with other content is an error."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: dict[str, OwnFile] = {}
        self._from: dict[str, str] = {}

    def add(self, path: str, content: IO[bytes], origin: str, count: Callable[[int], None]) -> None:
        """Write a file, relative to the folder; pass the bytes of each piece to `count`, which may raise.

        Raise `BenchbenchError` where another archive (or the same one) gave the path other content.
        """
        known = self.files.get(path)
        digest = hashlib.sha256()
        if known is not None:
            while chunk := content.read(1 << 20):
                digest.update(chunk)
            if digest.hexdigest() != known.sha256:
                first = self._from[path]
                both = f"{first} and {origin}" if first != origin else f"{origin}, twice,"
                raise BenchbenchError(f"{both} hold {shown(path)} with different content; nothing was unpacked")
            return
        place = self.folder / path
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("xb") as file:
                while chunk := content.read(1 << 20):
                    count(len(chunk))
                    digest.update(chunk)
                    file.write(chunk)
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            raise BenchbenchError(
                f"{origin}: {shown(path)} stands where another file or folder does (or differs in case alone);"
                " nothing was unpacked"
            ) from None
        status = place.stat()
        self.files[path] = OwnFile(status.st_size, status.st_mtime_ns, digest.hexdigest())
        self._from[path] = origin
