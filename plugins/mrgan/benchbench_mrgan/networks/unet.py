"""pix2pix: a U-Net with noise and a PatchGAN (Isola et al., CVPR 2017; noise as in MR-GAN, appendix B)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from benchbench import BenchbenchError
from torch import Tensor, nn

from benchbench_mrgan.networks.discriminator import Discriminator
from benchbench_mrgan.networks.network import Condition, ImageNetwork, Size, repeated, with_noise
from benchbench_mrgan.networks.standard import given_as

SMALL_CHANNELS = {32: (24, 48, 96, 96, 96), 64: (24, 48, 64, 64, 64, 64)}
NOISE_CHANNELS = {"small": 8, "paper": 32}
NOISE_LEVELS = 3


class UNet(ImageNetwork):
    """Image to image: halvings to 1 x 1, and back up with skips; noise enters at 1, 2 and 4 pixels.

    In the paper's size the last layer enlarges the last skip; in the small one it joins the given image to features of
    full size.
    """

    def __init__(
        self,
        condition_channels: int,
        side: int,
        size: Size,
        noise: bool = True,
        dispersion: bool = False,
        standardise: bool = False,
    ) -> None:
        super().__init__(noise, dispersion)
        self.given = given_as(condition_channels, standardise)
        channels = _channels(side, size)
        drawn = NOISE_CHANNELS[size] if noise else 0
        self.noise_shapes = [(drawn, 2**deep, 2**deep) for deep in range(NOISE_LEVELS)] if noise else []
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        inputs = condition_channels
        for level, outputs in enumerate(channels):
            self.down.append(_down(inputs, outputs, norm=level > 0))
            inputs = outputs
        self._sees_image = size == "small"
        for deep in range(len(channels) if self._sees_image else len(channels) - 1):
            level = len(channels) - 1 - deep
            skip = channels[level] if deep else 0
            joined = inputs + skip + (drawn if deep < NOISE_LEVELS else 0)
            inputs = channels[max(level - 1, 0)]
            self.up.append(_small_up(joined, inputs, 3 if deep else 1) if self._sees_image else _up(joined, inputs))
        joined = inputs + (condition_channels if self._sees_image else channels[0])
        self.last = _head(joined, size)
        self.dispersion = _head(joined, size) if dispersion else None

    def features(self, condition: Condition, noise: Sequence[Tensor], num_samples: int) -> Tensor:
        """Return the last feature map; the encoder sees each condition once."""
        maps = [self.given(condition["image"])]
        for layer in self.down:
            maps.append(layer(maps[-1]))
        hidden = repeated(maps.pop(), num_samples)
        for deep, layer in enumerate(self.up):
            joined = torch.cat([hidden, repeated(maps.pop(), num_samples)], 1) if deep else hidden
            hidden = layer(with_noise(joined, noise, deep))
        return torch.cat([hidden, repeated(maps.pop().to(hidden.dtype), num_samples)], 1)


class PatchDiscriminator(Discriminator):
    """Condition and image to a logit for each patch of the image: of 70 px, in the small size of 26 px."""

    def __init__(self, condition_channels: int, size: Size, standardise: bool = False) -> None:
        super().__init__()
        self.given = given_as(condition_channels, standardise)
        first, second, third, fourth = (64, 128, 256, 512) if size == "paper" else (24, 48, 96, 0)
        layers: list[nn.Module] = [nn.Conv2d(condition_channels + 3, first, 4, 2, 1), nn.LeakyReLU(0.2)]
        layers += _judging(first, second, kernel=4, stride=2)
        if size == "paper":
            layers += _judging(second, third, kernel=4, stride=2)
            layers += _judging(third, fourth, kernel=4, stride=1)
            layers.append(nn.Conv2d(fourth, 1, 4, 1, 1))
        else:
            layers += _judging(second, third, kernel=3, stride=1)
            layers.append(nn.Conv2d(third, 1, 3, 1, 1))
        self.layers = nn.Sequential(*layers)
        self.draw_weights()

    def forward(self, condition: Condition, images: Tensor) -> Tensor:
        """Return logits `float32[M, 1, h, w]` for images `[M, 3, H, W]`, each beside its condition."""
        logits: Tensor = self.layers(torch.cat([self.given(condition["image"]), images], 1))
        return logits.float()


def _channels(side: int, size: Size) -> tuple[int, ...]:
    """Return the channels of the encoder, level by level, down to 1 x 1."""
    if size == "small":
        if side not in SMALL_CHANNELS:
            raise BenchbenchError(f"the small U-Net takes images of 32 or 64 pixels a side, got {side}")
        return SMALL_CHANNELS[side]
    levels = side.bit_length() - 1
    if side != 2**levels or levels <= NOISE_LEVELS:
        raise BenchbenchError(f"the U-Net takes images whose side is a power of two from 16, got {side}")
    return tuple(min(64 * 2**level, 512) for level in range(levels))


def _down(inputs: int, outputs: int, norm: bool) -> nn.Sequential:
    layers: list[nn.Module] = [nn.Conv2d(inputs, outputs, 4, 2, 1, bias=not norm), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers, nn.BatchNorm2d(outputs)) if norm else nn.Sequential(*layers)


def _up(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.ConvTranspose2d(inputs, outputs, 4, 2, 1, bias=False), nn.ReLU(), nn.BatchNorm2d(outputs))


def _small_up(inputs: int, outputs: int, kernel: int) -> nn.Sequential:
    # a convolution and then nearest x2 costs a third to a half less on a CPU than a transposed convolution
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
        nn.Upsample(scale_factor=2),
    )


def _head(inputs: int, size: Size) -> nn.Module:
    return nn.ConvTranspose2d(inputs, 3, 4, 2, 1) if size == "paper" else nn.Conv2d(inputs, 3, 3, padding=1)


def _judging(inputs: int, outputs: int, kernel: int, stride: int) -> list[nn.Module]:
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, 1, bias=False)
    return [convolution, nn.BatchNorm2d(outputs), nn.LeakyReLU(0.2)]
