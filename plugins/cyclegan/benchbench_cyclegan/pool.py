"""The pool of earlier fakes that a judge sees in the place of the newest (Shrivastava et al., CVPR 2017; size 50)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

CAPACITY = 50


class Pool(nn.Module):
    """Up to 50 images. Until it is full it takes in and returns every new one; then one in two is swapped for an old.

    What is random is drawn outside, so that an update can be recorded and replayed.
    """

    images: Tensor

    def __init__(self, shape: tuple[int, ...], capacity: int = CAPACITY) -> None:
        super().__init__()
        self.register_buffer("images", torch.zeros(capacity, *shape))

    def forward(self, new: Tensor, slots: Tensor, stored: Tensor, swapped: Tensor) -> Tensor:
        """Return `[N, *shape]`: of each new image itself, or the one of its slot where it is swapped.

        `slots` `int64[N]`, and two `bool[N]`: whether the new image is stored in its slot, and whether the old one
        is returned. One image after the other: a later one can be given an earlier one of the same call.
        """
        returned = []
        for i, image in enumerate(new.detach().split(1)):
            slot = slots[i : i + 1]
            old = self.images.index_select(0, slot)
            self.images.index_copy_(0, slot, torch.where(stored[i], image, old))
            returned.append(torch.where(swapped[i], old, image))
        return torch.cat(returned)


def plan(seen: int, number: int, random: torch.Generator, capacity: int = CAPACITY) -> dict[str, Tensor]:
    """Return `slots`, `stored` and `swapped` of so many new images, of which a pool has seen so many before."""
    order = torch.arange(seen, seen + number)
    filling = order < capacity
    drawn = torch.randint(capacity, (number,), generator=random)
    swapped = (torch.rand(number, generator=random) < 0.5) & ~filling
    return {"slots": torch.where(filling, order, drawn), "stored": filling | swapped, "swapped": swapped}
