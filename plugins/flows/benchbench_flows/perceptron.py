"""The network of points: a perceptron that reads the time."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from benchbench_flows.layers import TIME_CHANNELS, TimeFeatures, zeroed


class Perceptron(nn.Module):
    """Noisy point and time to a velocity; points have no condition."""

    def __init__(self, dimensions: int, width: int) -> None:
        super().__init__()
        self.time = TimeFeatures()
        self.layers = nn.Sequential(
            nn.Linear(dimensions + TIME_CHANNELS, width),
            nn.SiLU(),
            nn.Linear(width, width),
            nn.SiLU(),
            nn.Linear(width, width),
            nn.SiLU(),
            zeroed(nn.Linear(width, dimensions)),
        )

    def forward(self, noisy: Tensor, angle: Tensor, planes: Tensor) -> Tensor:
        """Return `float32[N, D]` for noisy points of that shape and angles `[N]`; `planes` `[N, 0]` are not read."""
        del planes
        return cast(Tensor, self.layers(torch.cat([noisy, self.time(angle)], 1)).float())
