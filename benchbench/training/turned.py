"""Pairs whose images are mirrored and turned at random, all images of a pair alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from benchbench.system.images import oriented

if TYPE_CHECKING:
    import torch
    from torch import Tensor

Augmentation = Literal["none", "mirror", "dihedral"]
"""`mirror`: left to right, or not; `dihedral`: by quarter turns too, so all eight symmetries of a square."""
SYMMETRIES: Mapping[Augmentation, int] = {"none": 1, "mirror": 2, "dihedral": 8}


def turned(pairs: Mapping[str, Tensor], how: Augmentation, random: torch.Generator) -> dict[str, Tensor]:
    """Return the values of N pairs, each pair moved by one of the symmetries, all of which are equally likely.

    Images and masks `[N, C, S, S]` are moved, those of one pair alike, whatever their sides; other values (labels,
    vectors) stay. Nothing is drawn for `none`; otherwise `random` (of the CPU) says which pair is moved by which.
    """
    if how == "none":
        return dict(pairs)
    import torch

    number = len(next(iter(pairs.values())))
    moves = torch.randint(SYMMETRIES[how], (number,), generator=random)
    return {name: _moved(value, moves) if value.ndim == 4 else value for name, value in pairs.items()}


def symmetry(images: Tensor, index: int) -> Tensor:
    """Return images `[…, S, S]` mirrored left to right if `index` is odd, then turned by `index // 2` quarters."""
    return oriented(images, quarters=index // 2, mirrored=index % 2 == 1)


def _moved(images: Tensor, moves: Tensor) -> Tensor:
    moved = images.clone()
    for index in moves.unique().tolist():
        rows = (moves == index).nonzero()[:, 0].to(images.device)
        moved[rows] = symmetry(images[rows], index)
    return moved
