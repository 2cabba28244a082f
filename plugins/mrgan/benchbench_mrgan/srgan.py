"""SRGAN from 16 to 64 px, small: residual blocks with noise (Ledig et al., CVPR 2017; noise as in MR-GAN, App. B)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchbench_mrgan.network import Network

CHANNELS = 32
UP_CHANNELS = (16, 12)
NOISE_CHANNELS = 8
BLOCKS = 3
FACTOR = 4


class ResidualNetwork(Network):
    """Small image and noise to an image four times its side; noise enters every block at the small resolution.

    The output is added to the input enlarged by a bilinear filter, which the paper-size network learns by itself.
    """

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(3, CHANNELS, 5, padding=2), nn.LeakyReLU(0.2))
        self.blocks = nn.ModuleList(_block() for _ in range(BLOCKS))
        middle, large = UP_CHANNELS
        self.up = nn.ModuleList([_up(CHANNELS + NOISE_CHANNELS, middle), _up(middle, large)])
        self.last = nn.Conv2d(large, 3, 3, padding=1)

    def noise_shapes(self, height: int, width: int) -> list[tuple[int, int, int]]:
        """Return the shapes `(C, h, w)` of the noise that one sample of this size takes."""
        return [(NOISE_CHANNELS, height // FACTOR, width // FACTOR)] * (BLOCKS + 1)

    def forward(self, condition: Tensor, noise: Sequence[Tensor]) -> Tensor:
        """Return `float32[N, K, 3, 4h, 4w]` in [-1, 1] from conditions `[N, 3, h, w]`, noise `[N, K, C, h, w]` each."""
        num_samples = noise[0].shape[1]
        first = self.first(condition).repeat_interleave(num_samples, 0)
        hidden = first
        for block, drawn in zip(self.blocks, noise[:-1], strict=True):
            hidden = hidden + block(torch.cat([hidden, drawn.flatten(0, 1)], 1))
        hidden = self.up[0](torch.cat([hidden + first, noise[-1].flatten(0, 1)], 1))
        detail = self.last(self.up[1](hidden))
        enlarged = functional.interpolate(condition, scale_factor=FACTOR, mode="bilinear", align_corners=False)
        return torch.clamp(enlarged[:, None] + detail.reshape(-1, num_samples, *detail.shape[1:]), -1, 1)


class ImageDiscriminator(nn.Sequential):
    """Image `float32[N, 3, H, W]` to one logit `[N, 1]`; it does not see the condition."""

    def __init__(self) -> None:
        super().__init__(
            nn.Conv2d(3, 24, 4, 2, 1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(24, 48, 4, 2, 1, bias=False),
            nn.BatchNorm2d(48),
            nn.LeakyReLU(0.2),
            nn.Conv2d(48, 96, 4, 2, 1, bias=False),
            nn.BatchNorm2d(96),
            nn.LeakyReLU(0.2),
            nn.Conv2d(96, 96, 1),
            nn.LeakyReLU(0.2),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(96, 1),
        )


def _block() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(CHANNELS + NOISE_CHANNELS, CHANNELS, 3, padding=1, bias=False),
        nn.BatchNorm2d(CHANNELS),
        nn.LeakyReLU(0.2),
        nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1, bias=False),
        nn.BatchNorm2d(CHANNELS),
    )


def _up(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, 4 * outputs, 3, padding=1), nn.PixelShuffle(2), nn.LeakyReLU(0.2))
