"""Holes for inpainting, as GLCIC and MR-GAN draw them: a box anywhere in the image, a hole anywhere in the box."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchbench.core.noise import stream

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Hole:
    """A rectangle in an image, in pixels."""

    top: int
    left: int
    height: int
    width: int


def draw_hole(side: int, box: int, least: int, *key: str | int) -> Hole:
    """Return the hole that belongs to the key in an image of this side.

    The square of side `box` lies uniformly in the image, the hole uniformly in it; the hole's height and width are
    independent uniform integers from `least` to `box`.
    """
    generator = stream(*key)
    top, left = (int(each) for each in generator.integers(0, side - box + 1, size=2))
    height, width = (int(each) for each in generator.integers(least, box + 1, size=2))
    down, across = int(generator.integers(0, box - height + 1)), int(generator.integers(0, box - width + 1))
    return Hole(top + down, left + across, height, width)


def punched(image: Tensor, hole: Hole, fill: tuple[int, int, int]) -> dict[str, Tensor]:
    """Return the condition: `image`, a copy of `uint8[3, H, W]` with the hole filled, and `mask`, 255 in the hole."""
    import torch

    rows, columns = slice(hole.top, hole.top + hole.height), slice(hole.left, hole.left + hole.width)
    filled, mask = image.clone(), torch.zeros((1, *image.shape[1:]), dtype=torch.uint8)
    filled[:, rows, columns] = torch.tensor(fill, dtype=torch.uint8)[:, None, None]
    mask[:, rows, columns] = 255
    return {"image": filled, "mask": mask}
