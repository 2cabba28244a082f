"""What the paper's size does to the pairs of a batch: they are enlarged, cropped and mirrored, as its authors' are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import interpolate

ENLARGED = 286 / 256
"""The side before a crop of the images' own side."""
NEVER_CROPPED = ("maps", "edges2shoes", "edges2handbags")
"""Tasks whose pairs are crops of larger pictures already, or which the authors load at the size that they train on."""


@dataclass(frozen=True)
class Augmentation:
    """How the pairs of a task are changed, both images of a pair alike."""

    crops: bool
    mirrors: bool = True


def augmentation_of(task: str) -> Augmentation:
    """Return the augmentation that the authors' command applies to a task, by its name.

    It mirrors all: for edges2shoes their script sets `--no_flip`, and then does not pass it to the training.
    """
    return Augmentation(task not in NEVER_CROPPED)


def augmented(images: Sequence[Tensor], how: Augmentation, random: torch.Generator) -> list[Tensor]:
    """Return `float32[N, C, S, S]` in [-1, 1] of the same shapes; image i of each is cropped and mirrored alike.

    Enlarged by Pillow's bicubic filter; where it is cropped, and whether it is mirrored, `random` says (on the CPU).
    """
    number, side = len(images[0]), images[0].shape[-1]
    enlarged = round(side * ENLARGED) if how.crops else side
    corners = torch.randint(enlarged - side + 1, (number, 2), generator=random).tolist()
    mirrored = (torch.rand(number, generator=random) < (0.5 if how.mirrors else 0.0)).tolist()

    def one(image: Tensor, corner: tuple[int, int], flip: bool) -> Tensor:
        top, left = corner
        cropped = image[:, top : top + side, left : left + side]
        return cropped.flip(-1) if flip else cropped

    changed = []
    for batch in images:
        large = batch
        if how.crops:
            large = interpolate(batch, size=(enlarged, enlarged), mode="bicubic", antialias=True).clamp(-1, 1)
        changed.append(torch.stack([one(*each) for each in zip(large, corners, mirrored, strict=True)]))
    return changed
