"""Pillow's modes brought to RGB of 8 bits per channel, or refused by name: the table is in docs/data.md."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from benchbench.core import BenchbenchError

if TYPE_CHECKING:
    from PIL.Image import Image

BACKGROUND = (255, 255, 255)
"""What is behind an image that is partly transparent."""

Note = Callable[[str], None]
"""Receives the name of each conversion: `greyscale`, `16 bit`, `transparent`, …"""

_PHOTOMETRIC, _SAMPLE_FORMAT = 262, 339  # tags of TIFF 6.0
_NAMES = {"1": "black and white", "L": "greyscale", "P": "palette", "RGBX": "fourth channel ignored"}
_ALPHA = ("RGBA", "LA", "PA", "La", "RGBa")


class BadImage(BenchbenchError):
    """A file that is no image, is damaged, or leaves open which pixels are meant; the message begins with its name."""


def deep(
    image: Image, bits: int, tags: Mapping[int, Any], name: str, note: Note, value_range: tuple[float, float] | None
) -> Image:
    """Return a one-channel image of more than 8 bits: its upper eight, or scaled from the declared range.

    `bits` are those per channel in the file, `tags` those of a TIFF. Raise `BadImage` where no range is known.
    """
    from PIL import Image

    values = np.asarray(image).astype(np.float64)
    key = image.info.get("transparency")
    signed_or_float = set(np.atleast_1d(tags.get(_SAMPLE_FORMAT, 1)).tolist()) != {1}
    if value_range is not None:
        note(f"scaled from {value_range[0]:g} to {value_range[1]:g}")
        grey = _scaled(values, value_range, name)
    elif image.mode == "F" or bits > 16 or signed_or_float:
        kind = "floating-point" if image.mode == "F" else f"{'signed ' if signed_or_float else ''}{bits}-bit"
        raise BadImage(
            f"{name}: has {kind} values {_extent(values)}, and nothing declares which are"
            " black and white; save it with 8 bits, or read it with value_range=(black, white)"
        )
    elif tags.get(_PHOTOMETRIC) == 0:
        raise BadImage(f"{name}: is a 16-bit TIFF in which 0 is white; save it with 0 as black")
    else:
        note("16 bit")
        grey = (values.astype(np.uint16) >> (bits - 8)).astype(np.uint8)
    if key is not None:
        note("transparent")
        grey = np.where(values == key, np.uint8(255), grey)
    return Image.fromarray(grey).convert("RGB")


def _scaled(values: np.ndarray, value_range: tuple[float, float], name: str) -> np.ndarray:
    black, white = value_range
    low, high = min(value_range), max(value_range)
    if not (np.isfinite(values).all() and low <= values.min() and values.max() <= high and low < high):
        raise BadImage(f"{name}: has values {_extent(values)}, outside the declared range {black:g} to {white:g}")
    return np.floor((values - black) / (white - black) * 255 + 0.5).astype(np.uint8)


def _extent(values: np.ndarray) -> str:
    finite = values[np.isfinite(values)]
    words = f"from {finite.min():g} to {finite.max():g}" if finite.size else "none of which is finite"
    return words + (" and not finite" if 0 < finite.size < values.size else "")


def in_rgb(image: Image, bits: int, name: str, note: Note) -> Image:
    """Return an image of 8 bits per channel or fewer in RGB, on white; raise `BadImage` where that is not agreed on."""
    key = image.info.get("transparency")
    if image.mode == "RGB" and key is None:
        return image
    if image.mode in _ALPHA or (image.mode == "P" and key is not None):
        return _on_white(image.convert("RGBA"), note)
    if key is not None and image.mode in ("1", "L", "RGB"):
        return _on_white(_keyed(image, key, bits, name), note)
    if image.mode not in ("1", "L", "P", "RGB", "RGBX", "CMYK", "YCbCr"):
        raise BadImage(f"{name}: has the mode {image.mode}, whose way to RGB is not agreed on; save it as RGB")
    note(_NAMES.get(image.mode, image.mode))
    return image.convert("RGB")


def _keyed(image: Image, key: Any, bits: int, name: str) -> Image:
    """Return RGBA in which the colour `key` of a greyscale or RGB image is transparent (PNG, section 11.3.2.1)."""
    from PIL import Image

    if bits > 8:
        raise BadImage(f"{name}: has 16 bits and a transparent colour; save it with 8 bits or an alpha channel")
    pixels = np.asarray(image.convert("L") if image.mode == "1" else image)
    if image.mode == "L" and bits < 8:
        key = key * 255 // (2**bits - 1)  # Pillow scales the pixels and not the key
    hidden = (pixels == np.asarray(key)).all(2) if pixels.ndim == 3 else pixels == key
    layer = image.convert("RGB").convert("RGBA")
    layer.putalpha(Image.fromarray(np.where(hidden, 0, 255).astype(np.uint8)))
    return layer


def _on_white(layer: Image, note: Note) -> Image:
    from PIL import Image

    note("transparent" if layer.getchannel("A").getextrema()[0] < 255 else "opaque alpha channel")
    return Image.alpha_composite(Image.new("RGBA", layer.size, (*BACKGROUND, 255)), layer).convert("RGB")
