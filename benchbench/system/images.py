"""The one reader of images: `score`, `data prepare` and plugins see the same pixels of the same file.

RGB, 8 bits per channel, upright, on white. What it converts it names, what is ambiguous it refuses; see docs/data.md.
"""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchbench.system.modes import BadImage, Note, deep, in_rgb
from benchbench.system.regular import NotRegular, read_regular, shown
from benchbench.system.signatures import HEAD, what_is

if TYPE_CHECKING:
    from PIL.Image import Image
    from torch import Tensor

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "PPM")
"""What is read, by Pillow's names; a JPEG that carries further pictures (MPO) is a JPEG."""
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm")
"""By which a file of a folder is taken for an image."""

_ORIENTATION = 0x0112
_BITS = 258  # a tag of TIFF 6.0


def no_note(what: str) -> None:
    """Keep no note."""


def read_image(
    path: Path | str, size: tuple[int, int] | None = None, value_range: tuple[float, float] | None = None
) -> Tensor:
    """Return an image file as `uint8[3, H, W]`, RGB, upright, on white.

    `size` is the (width, height) in pixels that it must have. `value_range` is the (black, white) of 16-bit, 32-bit or
    floating-point values; without it 32-bit and floating-point images are refused. Raise `BadImage`.
    """
    import torch

    image = image_of(path, value_range)
    require_size(image, shown(path), size)
    return torch.from_numpy(planes(image))


def oriented(images: Tensor, quarters: int, mirrored: bool) -> Tensor:
    """Return images `[…, H, W]` mirrored left to right, if so, then turned counter-clockwise by quarters."""
    import torch

    return torch.rot90(images.flip(-1) if mirrored else images, quarters, (-2, -1)).contiguous()


def image_of(path: Path | str, value_range: tuple[float, float] | None = None) -> Image:
    """Return an image file as a Pillow image of mode RGB, as `read_image` reads it; raise `BadImage`."""
    try:
        content = read_regular(Path(path))
    except NotRegular as error:
        raise BadImage(str(error)) from None
    except OSError as error:
        raise BadImage(f"{shown(path)} cannot be read: {error.strerror or error}") from None
    return decode(content, shown(path), no_note, value_range)


def decode(content: bytes, name: str, note: Note = no_note, value_range: tuple[float, float] | None = None) -> Image:
    """Return an image file's content as a Pillow image of mode RGB; pass each conversion to `note`.

    `name` begins the message of the `BadImage` that is raised where it is damaged, animated, of more than 8 bits
    without a known range, or of a mode without an agreed conversion.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(BytesIO(content), formats=FORMATS) as file:
            _require_one_frame(file, name)
            if file.width * file.height > (Image.MAX_IMAGE_PIXELS or 1 << 28):
                raise BadImage(f"{name}: {file.width} x {file.height} px are more than are read")
            bits = _bits(file, content)
            if file.getexif().get(_ORIENTATION, 1) != 1:
                note("turned upright (EXIF)")
            tags = dict(getattr(file, "tag_v2", {}))
            file.load()
            image = ImageOps.exif_transpose(file)
    except BadImage:
        raise
    except UnidentifiedImageError:
        raise BadImage(f"{name}: cannot be decoded ({_unknown(content)})") from None
    except Exception as error:  # Pillow fails on damaged files in as many ways as there are formats
        raise BadImage(f"{name}: cannot be decoded ({' '.join(str(error).split()) or type(error).__name__})") from None
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        return deep(image, bits, tags, name, note, value_range)
    if bits > 8:
        note("16 bit")  # Pillow keeps the upper eight
    return in_rgb(image, bits, name, note)


def planes(image: Image) -> np.ndarray:
    """Return a Pillow image as `uint8[C, H, W]`."""
    pixels = np.asarray(image)
    return np.ascontiguousarray(pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1))


def require_size(image: Image, name: str, size: tuple[int, int] | None) -> None:
    """Raise `BadImage` where the image has another (width, height) than `size`; `None` allows every size."""
    if size is not None and image.size != size:
        raise BadImage(f"{name}: {image.width} x {image.height} px, expected {size[0]} x {size[1]} px")


def _require_one_frame(file: Any, name: str) -> None:
    frames = getattr(file, "n_frames", 1)
    if frames > 1 and file.format != "MPO":  # the first picture of an MPO is the photograph (CIPA DC-007)
        raise BadImage(
            f"{name}: has {frames} frames, and nothing says which one is meant; save that one alone as a PNG"
        )


def _bits(file: Any, content: bytes) -> int:
    """Return the bits per channel that the file itself has."""
    if file.format == "PNG":
        return int(content[24])  # IHDR is the first chunk
    if file.format == "TIFF":
        return int(max(file.tag_v2.get(_BITS, (1,))))
    if file.format == "PPM":
        header = re.match(rb"P[2356]((?:\s+|#[^\n]*\n)+\d+){3}", content)
        return 16 if header and int(header[1].split()[-1]) > 255 else 8
    return 8


def _unknown(content: bytes) -> str:
    if content[:4] in (b"II*\0", b"MM\0*"):
        return "a TIFF of a kind that is not read, such as floating point in several channels; save it as a PNG"
    found = what_is(content[:HEAD])
    return f"it is {found}" if found else "no PNG, JPEG, WebP, BMP, GIF, TIFF or PPM"
