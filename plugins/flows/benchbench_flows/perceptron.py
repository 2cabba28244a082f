"""The network of points: a perceptron that reads time and condition."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from benchbench_flows.layers import TIME_CHANNELS, TimeFeatures, zeroed


class Perceptron(nn.Module):
    """Noisy point, time and condition to a velocity."""

    def __init__(self, dimensions: int, planes: int, width: int) -> None:
        """Make the network for points of so many dimensions, given so many values."""
        super().__init__()
        self.time = TimeFeatures()
        self.layers = nn.Sequential(
            nn.Linear(dimensions + TIME_CHANNELS + planes, width),
            nn.SiLU(),
            nn.Linear(width, width),
            nn.SiLU(),
            nn.Linear(width, width),
            nn.SiLU(),
            zeroed(nn.Linear(width, dimensions)),
        )

    def forward(self, noisy: Tensor, angle: Tensor, planes: Tensor) -> Tensor:
        """Return `float32[N, D]` for noisy points of that shape, angles `[N]` and the condition's values `[N, P]`."""
        return cast(Tensor, self.layers(torch.cat([noisy, self.time(angle), planes], 1)).float())
