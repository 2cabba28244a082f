"""The discriminator: two PatchGANs, of the image and of the image at half its size."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn.functional import avg_pool2d

from benchbench_bicyclegan.layers import Norm, halving, normalization


@dataclass(frozen=True)
class DiscriminatorSizes:
    """How large the discriminator is."""

    channels: tuple[int, int]
    """Of the first layer at full and at half size; they double with every layer but the last."""
    halvings: int
    """Convolutions of stride 2."""
    kernel: int
    """Of the last two convolutions, of stride 1."""
    norm: Norm


class Discriminator(nn.Module):
    """Images to how real each patch looks, at two scales."""

    def __init__(self, channels: int, sizes: DiscriminatorSizes) -> None:
        super().__init__()
        self.scales = nn.ModuleList(_patches(channels, first, sizes) for first in sizes.channels)

    def forward(self, images: Tensor) -> list[Tensor]:
        """Return `float32[N, 1, h, w]` for each scale, full size first, for images `[N, C, S, S]`."""
        found = []
        for number, scale in enumerate(self.scales):
            if number:
                images = avg_pool2d(images, 3, 2, 1, count_include_pad=False)
            found.append(scale(images))
        return found


def _patches(inputs: int, channels: int, sizes: DiscriminatorSizes) -> nn.Sequential:
    layers: list[nn.Module] = []
    for level in range(sizes.halvings + 1):
        outputs = channels * 2**level
        layers.append(halving(inputs, outputs) if level < sizes.halvings else _same(inputs, outputs, sizes.kernel))
        layers += [normalization(sizes.norm, outputs, level > 0), nn.LeakyReLU(0.2)]
        inputs = outputs
    return nn.Sequential(*layers, _same(inputs, 1, sizes.kernel))


def _same(inputs: int, outputs: int, kernel: int) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, kernel, 1, 1)
