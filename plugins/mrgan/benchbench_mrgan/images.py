"""Between `uint8` images and what the networks see."""

from __future__ import annotations

from torch import Tensor


def from_bytes(images: Tensor) -> Tensor:
    """Return `uint8` images as `float32` in [-1, 1], in the same shape."""
    return images.float() / 127.5 - 1


def to_bytes(images: Tensor) -> Tensor:
    """Return `float32` images in [-1, 1] rounded to `uint8`, in the same shape."""
    return ((images + 1) * 127.5).round().clamp(0, 255).byte()
