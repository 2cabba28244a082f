"""What the networks are made of."""

from __future__ import annotations

from typing import Literal

from torch import nn

Norm = Literal["instance", "group"]
"""`instance`: each channel of an image by its own mean and variance, without weights, as in the paper. `group`: groups
of channels by theirs, with weights: a flat colour is not lost. Neither depends on the rest of a batch."""
GROUPS = 4


def halving(inputs: int, outputs: int) -> nn.Conv2d:
    """Return the convolution of 4 x 4, stride 2, that halves the sides."""
    return nn.Conv2d(inputs, outputs, 4, 2, 1)


def normalization(norm: Norm, channels: int, wanted: bool = True) -> nn.Module:
    """Return the normalization of so many channels, or nothing where none is wanted."""
    if not wanted:
        return nn.Identity()
    return nn.InstanceNorm2d(channels) if norm == "instance" else nn.GroupNorm(GROUPS, channels)


def initialize(module: nn.Module, gain: float) -> None:
    """Draw the weights of convolutions and linear layers by Xavier's normal law with this gain; biases are 0."""
    for part in module.modules():
        if isinstance(part, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
            nn.init.xavier_normal_(part.weight, gain)
            if part.bias is not None:
                nn.init.zeros_(part.bias)
