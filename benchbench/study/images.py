"""The images that a study shows, and those that are made from real ones: obviously bad ones and masks."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from benchbench.core.noise import stream

if TYPE_CHECKING:
    import numpy as np

BLOCKS = 8
"""A bad image is cut in so many blocks per side."""


def spoiled(image: np.ndarray, *key: str | int) -> np.ndarray:
    """Return an obviously bad `uint8[H, W, 3]`: the image's blocks in a random order, under noise."""
    import numpy as np

    random = stream("study bad", *key)
    height, width = image.shape[:2]
    rows, columns = (np.array_split(np.arange(side), min(BLOCKS, side)) for side in (height, width))
    places = [(row, column) for row in rows for column in columns]
    mixed = np.empty(image.shape)
    for (row, column), other in zip(places, random.permutation(len(places)), strict=True):
        source_row, source_column = places[other][0][0], places[other][1][0]
        taken_rows = (source_row + np.arange(len(row))) % height
        taken_columns = (source_column + np.arange(len(column))) % width
        mixed[np.ix_(row, column)] = image[np.ix_(taken_rows, taken_columns)]
    noise = random.integers(0, 256, image.shape)
    return np.round(0.5 * mixed + 0.5 * noise).astype(np.uint8)


def scrambled(image: np.ndarray, *key: str | int) -> np.ndarray:
    """Return a mask `uint8[H, W, 3]`: the amplitudes of the image's Fourier transform with random phases."""
    import numpy as np

    noise = stream("study mask", *key).standard_normal(image.shape[:2])
    phases = np.angle(np.fft.fft2(noise))[..., None]  # of a real image, so that the inverse is real
    phases[0, 0] = 0  # the mean stays
    spectrum = np.fft.fft2(image.astype(np.float64), axes=(0, 1))
    turned = np.fft.ifft2(spectrum * np.exp(1j * phases), axes=(0, 1)).real
    return np.clip(np.round(turned), 0, 255).astype(np.uint8)


def png(image: np.ndarray) -> bytes:
    """Return the PNG of `uint8[H, W, 3]`, without anything that says where it comes from."""
    from PIL import Image

    content = BytesIO()
    Image.fromarray(image).save(content, "PNG")
    return content.getvalue()
