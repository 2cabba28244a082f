"""SRGAN, four times the side: residual blocks with noise (Ledig et al., CVPR 2017; noise as in MR-GAN, appendix B)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchbench_mrgan.networks.discriminator import Discriminator
from benchbench_mrgan.networks.network import Condition, ImageNetwork, Size, repeated, with_noise

FACTOR = 4
KNEE = 0.8
"""Up to this value the small size's output is the sum itself."""


class Srgan(ImageNetwork):
    """Small image to an image of four times its side; noise enters every block at the small resolution.

    In the small size the output is added to the given image enlarged by a bilinear filter, which the paper's size
    learns by itself.
    """

    def __init__(self, side: int, size: Size, noise: bool = True, dispersion: bool = False) -> None:
        super().__init__(noise, dispersion)
        self._paper = size == "paper"
        channels, num_blocks, first_kernel, last_kernel = (64, 5, 9, 9) if self._paper else (32, 3, 5, 3)
        middle, large = (64, 64) if self._paper else (16, 12)
        drawn = (16 if self._paper else 8) if noise else 0
        activation = nn.PReLU if self._paper else partial(nn.LeakyReLU, 0.2)
        noisy = channels + drawn
        self.first = nn.Sequential(nn.Conv2d(3, channels, first_kernel, padding=first_kernel // 2), activation())
        self.blocks = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(noisy, channels, 3, padding=1, bias=self._paper),
                nn.BatchNorm2d(channels),
                activation(),
                nn.Conv2d(channels, channels, 3, padding=1, bias=self._paper),
                nn.BatchNorm2d(channels),
            )
            for _ in range(num_blocks)
        )
        if self._paper:
            self.middle = nn.Sequential(nn.Conv2d(noisy, channels, 3, padding=1), activation())
        self.up = nn.ModuleList(
            nn.Sequential(nn.Conv2d(inputs, 4 * outputs, 3, padding=1), nn.PixelShuffle(2), activation())
            for inputs, outputs in ((noisy, middle), (middle, large))
        )
        self.last = nn.Conv2d(large, 3, last_kernel, padding=last_kernel // 2)
        self.dispersion = nn.Conv2d(large, 3, last_kernel, padding=last_kernel // 2) if dispersion else None
        places = num_blocks + (2 if self._paper else 1)
        self.noise_shapes = [(drawn, side, side)] * places if noise else []

    def features(self, condition: Condition, noise: Sequence[Tensor], num_samples: int) -> Tensor:
        """Return the last feature map; the first layer sees each condition once."""
        first = repeated(self.first(condition["image"]), num_samples)
        hidden = first
        for place, block in enumerate(self.blocks):
            hidden = hidden + block(with_noise(hidden, noise, place))
        if self._paper:
            hidden = self.middle(with_noise(hidden, noise, len(self.blocks)))
        hidden = self.up[0](with_noise(hidden + first, noise, len(self.blocks) + self._paper))
        enlarged: Tensor = self.up[1](hidden)
        return enlarged

    def finished(self, condition: Condition, images: Tensor) -> Tensor:
        """Return the images in [-1, 1]."""
        if self._paper:
            return torch.tanh(images)
        given = functional.interpolate(condition["image"], scale_factor=FACTOR, mode="bilinear", align_corners=False)
        return softly_clamped(given[:, None] + images)


def softly_clamped(values: Tensor, knee: float = KNEE) -> Tensor:
    """Return values within (-1, 1): the same up to ±knee, and beyond it bent to ±1 by a tanh of slope 1 at the knee.

    A hard clamp has no gradient beyond ±1, so a pixel that has left the range is not drawn back.
    """
    room = 1 - knee
    inside = torch.clamp(values, -knee, knee)
    return inside + torch.tanh((values - inside) / room) * room


class SrganDiscriminator(Discriminator):
    """Large image to one logit; it does not see the condition."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.layers = nn.Sequential(*(_paper_layers() if size == "paper" else _small_layers()))
        self.head: nn.Module = nn.Conv2d(96, 1, 1)
        if size == "paper":
            self.head = nn.Sequential(nn.Conv2d(512, 1024, 1), nn.LeakyReLU(0.2), nn.Conv2d(1024, 1, 1))
        if size == "small":
            self.draw_weights()

    def forward(self, condition: Condition, images: Tensor) -> Tensor:
        """Return logits `float32[M, 1]` for images `[M, 3, H, W]`."""
        del condition
        # a mean, not a pooling layer, whose backward pass on a GPU is not the same from run to run
        logits: Tensor = self.head(self.layers(images).mean((2, 3), keepdim=True))
        return logits.flatten(1).float()


def _paper_layers() -> list[nn.Module]:
    layers: list[nn.Module] = [nn.Conv2d(3, 64, 3, 1, 1), nn.LeakyReLU(0.2)]
    inputs = 64
    for outputs, stride in ((64, 2), (128, 1), (128, 2), (256, 1), (256, 2), (512, 1), (512, 2)):
        layers += [nn.Conv2d(inputs, outputs, 3, stride, 1), nn.BatchNorm2d(outputs), nn.LeakyReLU(0.2)]
        inputs = outputs
    return layers


def _small_layers() -> list[nn.Module]:
    layers: list[nn.Module] = [nn.Conv2d(3, 24, 4, 2, 1), nn.LeakyReLU(0.2)]
    for inputs, outputs in ((24, 48), (48, 96)):
        layers += [nn.Conv2d(inputs, outputs, 4, 2, 1, bias=False), nn.BatchNorm2d(outputs), nn.LeakyReLU(0.2)]
    return [*layers, nn.Conv2d(96, 96, 1), nn.LeakyReLU(0.2)]
