"""Files of a data set, read with an eye on what is wrong with them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchbench.core import BenchbenchError

if TYPE_CHECKING:
    from PIL.Image import Image

BACKGROUND = (255, 255, 255)
"""What is behind a picture that is partly transparent."""


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

    def bytes(self, name: str) -> bytes:
        """Return a file's content; raise `BadFile` where it cannot be read."""
        try:
            content = (self.folder / name).read_bytes()
        except FileNotFoundError:
            raise BadFile(f"{name}: not there") from None
        except OSError as error:
            raise BadFile(f"{name}: {error.strerror or error}") from None
        self._digest.update(content)
        self._read_any = True
        return content

    def image(self, name: str, size: tuple[int, int] | None = None) -> Image:
        """Return a file's picture in RGB, upright, 8 bits a channel; `size` is the (width, height) that it must have.

        See `decode` for what is converted and how; raise `BadFile` where it cannot be decoded whole or has another
        size.
        """
        image = decode(self.bytes(name), name, self.notes.append)
        if size is not None and image.size != size:
            raise BadFile(f"{name}: {image.width} x {image.height} px, expected {size[0]} x {size[1]} px")
        return image


def decode(content: bytes, name: str, note: Callable[[str], None]) -> Image:
    """Return the picture in RGB, turned upright as EXIF says; tell `note` of each conversion; raise `BadFile`.

    Sixteen bits a channel lose the lower eight, a transparent picture is put on white, greyscale is repeated, CMYK and
    palettes go through Pillow.
    """
    from PIL import Image, ImageOps

    try:
        with Image.open(BytesIO(content)) as file:
            file.load()
            image = ImageOps.exif_transpose(file)
    except Exception as error:  # Pillow fails on broken files in as many ways as there are formats
        raise BadFile(f"{name}: cannot be decoded ({' '.join(str(error).split()) or type(error).__name__})") from None
    if file.getexif().get(0x0112, 1) != 1:
        note("turned upright (EXIF)")
    if image.mode == "RGB":
        return image
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        note("16 bit")
        values = np.asarray(image).astype(np.float64)
        wide = np.clip(values, 0, 65535).astype(np.uint16) >> 8
        return Image.fromarray(wide.astype(np.uint8)).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        note("transparent")
        layer = image.convert("RGBA")
        behind = Image.new("RGBA", layer.size, (*BACKGROUND, 255))
        return Image.alpha_composite(behind, layer).convert("RGB")
    note({"L": "greyscale", "1": "black and white", "P": "palette"}.get(image.mode, image.mode))
    return image.convert("RGB")


def planes(image: Image) -> np.ndarray:
    """Return `uint8[C, H, W]` of a picture."""
    pixels = np.asarray(image)
    return np.ascontiguousarray(pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1))
