"""Files of a data set, each read once, hashed, and left out by name where it is damaged."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from benchbench.core import BenchbenchError
from benchbench.system.images import decode, planes, require_size
from benchbench.system.modes import BadImage
from benchbench.system.regular import read_regular

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["BadFile", "Reader", "planes"]


Content = bytes
"""`bytes`, which names a method below."""


class BadFile(BenchbenchError):
    """A file of a data set that cannot be used; it is listed and left out, and the rest goes on."""


class Reader:
    """Reads the files of one item, and remembers what they were."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.notes: list[str] = []
        """What had to be converted: `greyscale`, `16 bit`, …"""
        self._digest = hashlib.sha256()
        self._read_any = False

    @property
    def sha256(self) -> str:
        """The SHA-256 over the bytes of all files read, in their order; empty before the first."""
        return self._digest.hexdigest() if self._read_any else ""

    def bytes(self, name: str) -> Content:
        """Return a file's content; raise `BadFile` where it cannot be read or is no regular file."""
        try:
            content = read_regular(self.folder / name)
        except FileNotFoundError:
            raise BadFile(f"{name}: not there") from None
        except OSError as error:
            raise BadFile(f"{name}: {error.strerror or error}") from None
        except BenchbenchError as error:
            raise BadFile(str(error).replace(str(self.folder / name), f"{name}:", 1)) from None
        self._digest.update(content)
        self._read_any = True
        return content

    def image(
        self, name: str, size: tuple[int, int] | None = None, value_range: tuple[float, float] | None = None
    ) -> Image:
        """Return a file's picture in RGB, upright, 8 bits per channel, on white: see `benchbench.system.images`.

        `size` is the (width, height) that it must have, `value_range` the (black, white) of values of more than 8 bits.
        Raise `BadFile` where it cannot be decoded whole or has another size.
        """
        return self.decoded(self.bytes(name), name, size, value_range)

    def decoded(
        self,
        content: Content,
        name: str,
        size: tuple[int, int] | None = None,
        value_range: tuple[float, float] | None = None,
    ) -> Image:
        """Return the picture of an image file's content, as `image` does; for images inside databases."""
        try:
            image = decode(content, name, self.notes.append, value_range)
            require_size(image, name, size)
        except BadImage as error:
            raise BadFile(str(error)) from None
        return image
