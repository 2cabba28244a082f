"""pix2pix at 32 px: a U-Net with noise and a PatchGAN (Isola et al., CVPR 2017; noise as in MR-GAN, appendix B)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from benchbench_mrgan.network import Network

CHANNELS = (24, 48, 96, 96, 96)
NOISE_CHANNELS = 8
NOISE_LEVELS = 3


class UNet(Network):
    """Image and noise to image: five halvings to 1 x 1, and back up with skips; noise enters at 1, 2 and 4 pixels."""

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.ModuleList()
        self.up = nn.ModuleList()
        inputs = 3
        for level, outputs in enumerate(CHANNELS):
            self.down.append(_down(inputs, outputs, norm=level > 0))
            inputs = outputs
        for level in reversed(range(len(CHANNELS))):
            deep = len(CHANNELS) - 1 - level
            skip = CHANNELS[level] if deep else 0
            noise = NOISE_CHANNELS if deep < NOISE_LEVELS else 0
            outputs = CHANNELS[max(level - 1, 0)]
            self.up.append(_up(inputs + skip + noise, outputs, kernel=3 if deep else 1))
            inputs = outputs
        self.last = nn.Conv2d(inputs + 3, 3, 3, padding=1)

    def noise_shapes(self, height: int, width: int) -> list[tuple[int, int, int]]:
        """Return the shapes `(C, h, w)` of the noise that one sample of this size takes."""
        factors = [2 ** (len(CHANNELS) - deep) for deep in range(NOISE_LEVELS)]
        return [(NOISE_CHANNELS, height // factor, width // factor) for factor in factors]

    def forward(self, condition: Tensor, noise: Sequence[Tensor]) -> Tensor:
        """Return `float32[N, K, 3, H, W]` in [-1, 1] for conditions `[N, 3, H, W]` and noise `[N, K, C, h, w]` each.

        The encoder sees each condition once; its features are repeated for the K samples.
        """
        num_samples = noise[0].shape[1]
        features = [condition]
        for layer in self.down:
            features.append(layer(features[-1]))
        repeated = [each.repeat_interleave(num_samples, 0) for each in features]
        hidden = repeated.pop()
        for deep, layer in enumerate(self.up):
            parts = [hidden, repeated.pop()] if deep else [hidden]
            if deep < NOISE_LEVELS:
                parts.append(noise[deep].flatten(0, 1))
            hidden = layer(torch.cat(parts, 1))
        images = torch.tanh(self.last(torch.cat([hidden, repeated.pop()], 1)))
        return images.reshape(-1, num_samples, *images.shape[1:])


class PatchDiscriminator(nn.Sequential):
    """Condition and image `float32[N, 6, H, W]` to logits `[N, 1, H / 4, W / 4]`, each of a 26 px patch."""

    def __init__(self) -> None:
        super().__init__(
            nn.Conv2d(6, 24, 4, 2, 1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(24, 48, 4, 2, 1, bias=False),
            nn.BatchNorm2d(48),
            nn.LeakyReLU(0.2),
            nn.Conv2d(48, 96, 3, 1, 1, bias=False),
            nn.BatchNorm2d(96),
            nn.LeakyReLU(0.2),
            nn.Conv2d(96, 1, 3, 1, 1),
        )


def _down(inputs: int, outputs: int, norm: bool) -> nn.Sequential:
    layers: list[nn.Module] = [nn.Conv2d(inputs, outputs, 4, 2, 1, bias=not norm), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers, nn.BatchNorm2d(outputs)) if norm else nn.Sequential(*layers)


def _up(inputs: int, outputs: int, kernel: int) -> nn.Sequential:
    # a convolution and then nearest x2 costs a third to a half less on a CPU than a transposed convolution
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
        nn.Upsample(scale_factor=2),
    )
