"""Many small pictures in one: drawn on a grid, and stored within a budget of bytes."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image
    from torch import Tensor

QUALITIES = (None, 85, 70, 50, 30, 10)
"""Of WebP, from lossless down, until the sprites are within the budget."""


def size_of(height: int, width: int, most: int) -> tuple[int, int]:
    """Return width and height of a thumbnail, with no side beyond `most`; small images keep their size."""
    scale = min(1.0, most / max(height, width))
    return max(1, round(width * scale)), max(1, round(height * scale))


def picture(value: Tensor) -> Image:
    """Return an image `uint8[C, h, w]`, of one or three channels, as a picture."""
    from PIL import Image

    return Image.fromarray(value.permute(1, 2, 0).numpy().squeeze()).convert("RGB")


def fitted(image: Image, size: tuple[int, int]) -> Image:
    """Return the picture at this size: smaller by averaging, larger by repeating pixels."""
    from PIL import Image

    smaller = image.width > size[0] or image.height > size[1]
    return image.resize(size, Image.Resampling.LANCZOS if smaller else Image.Resampling.NEAREST)


def grid(lines: Sequence[Sequence[Image]], columns: int, size: tuple[int, int]) -> Image:
    """Return the pictures on a grid, one line each, with `columns` places per line."""
    from PIL import Image

    width, height = size
    sheet = Image.new("RGB", (columns * width, len(lines) * height), (128, 128, 128))
    for row, line in enumerate(lines):
        for column, image in enumerate(line):
            sheet.paste(fitted(image, size), (column * width, row * height))
    return sheet


def encoded(sheets: Sequence[Image], budget: int) -> list[bytes]:
    """Return the sheets as WebP, in the best quality at which all together are within the budget."""
    stored: list[bytes] = []
    for quality in QUALITIES:
        stored = [_webp(sheet, quality) for sheet in sheets]
        if sum(map(len, stored)) <= budget:
            break
    return stored


def _webp(sheet: Image, quality: int | None) -> bytes:
    content = BytesIO()
    sheet.save(content, "WEBP", lossless=quality is None, quality=quality or 50, method=4)
    return content.getvalue()
