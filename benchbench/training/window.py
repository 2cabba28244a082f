"""A square window about a hole: what a network looks at where only the hole is open.

In it the hole has the same place in every image, so that a network can learn what stands where; and less is computed.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import pad

from benchbench.core.task import InpaintingTask, Task
from benchbench.training.fill import middle

AROUND = 1.5
"""The least side of a window, in those of the largest hole."""


@dataclass(frozen=True)
class Window:
    """One window of each of N images; what of it lies outside of the image is 0."""

    rows: Tensor
    """`int64[N, S]`, from -S to H + S - 1."""
    columns: Tensor
    """`int64[N, S]`."""
    size: tuple[int, int]
    """H and W of the images."""

    def cut(self, images: Tensor) -> Tensor:
        """Return the windows of `[N, C, H, W]`, `[N, C, S, S]`."""
        margin = self.rows.shape[1]
        padded = pad(images, (margin,) * 4).movedim(1, 3)
        return padded[self._places(margin)].movedim(3, 1)

    def back(self, windows: Tensor) -> Tensor:
        """Return images `[N, C, H, W]` with windows `[N, C, S, S]` in their places, and 0 elsewhere."""
        margin, (height, width) = self.rows.shape[1], self.size
        padded = windows.new_zeros(len(windows), height + 2 * margin, width + 2 * margin, windows.shape[1])
        whole = padded.index_put(self._places(margin), windows.movedim(1, 3))
        return whole[:, margin:-margin, margin:-margin].movedim(3, 1)

    def _places(self, margin: int) -> tuple[Tensor, Tensor, Tensor]:
        image = torch.arange(len(self.rows), device=self.rows.device)[:, None, None]
        return image, self.rows[:, :, None] + margin, self.columns[:, None, :] + margin


def about(hole: Tensor, side: int) -> Window:
    """Return the windows of a side about holes `bool[N, 1, H, W]`: their middle is the last pixel of the first half."""
    steps = torch.arange(side, device=hole.device) - (side // 2 - 1)
    rows, columns = (middle(hole, axis)[:, None] + steps for axis in (2, 3))
    return Window(rows, columns, (hole.shape[2], hole.shape[3]))


def window_side(task: Task, multiple: int) -> int | None:
    """Return the side of a task's windows, a multiple of a number of pixels; `None` where a network sees whole images.

    That is where the task does not say how large its holes are, and where a window would be no smaller than the image.
    """
    if not isinstance(task, InpaintingTask) or task.largest_hole is None:
        return None
    side = -int(-AROUND * task.largest_hole // multiple) * multiple
    return side if side < min(task.space.shape[1:]) else None
