"""Conditions standardised by channel, as MR-GAN's authors give label images to their networks (their settings)."""

from __future__ import annotations

import torch
from benchbench.training import TrainingSet
from torch import Tensor, nn

ROWS = 256
"""Conditions that are read at a time."""
LEAST_DEVIATION = 1e-3
"""A channel that hardly varies is not blown up: half a grey level is 0.004."""


class Standardised(nn.Module):
    """(x - mean) / deviation by channel; the constants are buffers, so a checkpoint holds them."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("deviation", torch.ones(channels))

    def forward(self, images: Tensor) -> Tensor:
        """Return images `float32[N, C, H, W]` standardised by channel."""
        standard: Tensor = (images - self.mean[:, None, None]) / self.deviation[:, None, None]
        return standard

    def measure(self, mean: Tensor, deviation: Tensor) -> None:
        """Take constants `[C]`, those that `channel_moments` gives."""
        self.mean.copy_(mean)
        self.deviation.copy_(deviation.clamp(min=LEAST_DEVIATION))


def given_as(channels: int, standardise: bool) -> nn.Module:
    """Return what a condition passes through first: nothing changes it unless it is standardised."""
    return Standardised(channels) if standardise else nn.Identity()


def channel_moments(data: TrainingSet) -> tuple[Tensor, Tensor]:
    """Return mean and standard deviation `float64[C]` of all conditions' pixels in [-1, 1], by channel."""
    total = square = torch.zeros(())
    pixels = 0
    for rows in torch.arange(len(data)).split(ROWS):
        images = data.batch(rows)[0]["image"].double()
        total = total + images.sum((0, 2, 3))
        square = square + images.square().sum((0, 2, 3))
        pixels += images[:, 0].numel()
    mean = total / pixels
    return mean, (square / pixels - mean.square()).clamp(min=0).sqrt()


def measured(network: nn.Module, data: TrainingSet) -> nn.Module:
    """Return the network, whose standardised inputs, where it has some, take the constants of a training set."""
    inputs = [part for part in network.modules() if isinstance(part, Standardised)]
    if inputs:
        mean, deviation = channel_moments(data)
        for part in inputs:
            part.measure(mean, deviation)
    return network
