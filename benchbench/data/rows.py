"""The rows of a prepared array: mapped, and each compared with its checksum whenever it is read."""

from __future__ import annotations

import math
import zlib
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from benchbench.core import MissingData
from benchbench.system.envelope import Damaged, require_sum

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class ArrayFile:
    """One file of the cache."""

    split: str
    name: str
    shape: tuple[int, ...]
    """`(rows, …)`."""
    sha256: str
    checksums: str = ""
    """The SHA-256 of the file of its rows' checksums; empty where an earlier version wrote none."""

    @property
    def file(self) -> str:
        """Its name."""
        return array_file(self.split, self.name)


def array_file(split: str, name: str) -> str:
    """Return the file name of one array of a split."""
    return f"{split}.{name}.bin"


def checksum_file(split: str, name: str) -> str:
    """Return the file name of the checksums of an array's rows."""
    return f"{split}.{name}.crc"


class Rows:
    """`uint8[rows, …]` of a file, one row at a time."""

    def __init__(self, path: Path, values: np.ndarray, checksums: np.ndarray | None, again: str) -> None:
        self._path, self._values, self._checksums, self._again = path, values, checksums, again

    def __len__(self) -> int:
        return len(self._values)

    def __getitem__(self, index: int) -> np.ndarray:
        """Return a copy of a row; raise `Damaged` where its bytes are not those that were written."""
        import numpy as np

        row = np.array(self._values[index])
        if self._checksums is not None and checksum(row) != self._checksums[index]:
            raise Damaged(f"{self._path} is damaged in row {index}: its checksum differs; {self._again}")
        return row


def checksum(row: np.ndarray) -> int:
    """Return the CRC-32 of a row's bytes."""
    return zlib.crc32(row.data)


def open_rows(folder: Path, array: ArrayFile, again: str) -> Rows:
    """Return the rows of an array that has at least one; `again` is the advice that ends a message.

    Raise `MissingData` where the file has another size, `Damaged` where its checksums are not those of the manifest.
    Where an earlier version wrote no checksums of rows, the whole file is compared.
    """
    import numpy as np

    path, expected = folder / array.file, math.prod(array.shape)
    found = path.stat().st_size if path.is_file() else 0
    if found != expected:
        raise MissingData(f"{folder.name}: {path} has {found:,} bytes, expected {expected:,}; {again}")
    checksums = None
    if array.checksums:
        sums = folder / checksum_file(array.split, array.name)
        require_sum(sums, array.checksums, again)
        checksums = np.fromfile(sums, "<u4")
    else:
        require_sum(path, array.sha256, again)
    return Rows(path, np.memmap(path, np.uint8, "r", shape=array.shape), checksums, again)


class ArrayWriter:
    """Writes the rows of an array and their checksums as they come; a context."""

    def __init__(self, folder: Path, split: str, name: str) -> None:
        self._split, self._name = split, name
        self._paths = folder / array_file(split, name), folder / checksum_file(split, name)
        self._digests = sha256(), sha256()
        self._number = 0

    def __enter__(self) -> ArrayWriter:
        with ExitStack() as stack:
            self._files = [stack.enter_context(path.open("wb")) for path in self._paths]
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def write(self, row: np.ndarray) -> None:
        """Add a contiguous row."""
        pieces = row.tobytes(), checksum(row).to_bytes(4, "little")
        for file, digest, piece in zip(self._files, self._digests, pieces, strict=True):
            file.write(piece)
            digest.update(piece)
        self._number += 1

    def finished(self, shape: tuple[int, ...]) -> ArrayFile:
        """Return what was written, of rows of this shape."""
        values, checksums = (digest.hexdigest() for digest in self._digests)
        return ArrayFile(self._split, self._name, (self._number, *shape), values, checksums)
