"""GLCIC: inpainting by dilated convolutions (Iizuka et al., SIGGRAPH 2017; noise as in MR-GAN, appendix B)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from benchbench import BenchbenchError
from torch import Tensor, nn

from benchbench_mrgan.networks.discriminator import Discriminator
from benchbench_mrgan.networks.network import Condition, ImageNetwork, Size, repeated, with_noise

SMALL_SIDES = (32, 64)
KNOWN_LOG_DISPERSION = -6.0
"""The logarithm of the dispersion outside the hole."""


class Glcic(ImageNetwork):
    """Image with a hole, and mask, to the image without; noise enters the first three layers at the lowest resolution.

    The small size has one halving at 32 px and two at 64 px, so that a pixel sees across the hole at either.
    """

    def __init__(self, side: int, size: Size, noise: bool = True, dispersion: bool = False) -> None:
        super().__init__(noise, dispersion)
        _check_side(side, size)
        drawn = (32 if size == "paper" else 8) if noise else 0
        encoder, width = _encoder(side, size)
        self.encoder = nn.Sequential(*encoder)
        bias = size == "paper"
        self.noisy = nn.ModuleList(_layer(width + drawn, width, 3, bias, dilation=2**place) for place in range(3))
        decoder, features = _decoder(side, size)
        self.decoder = nn.Sequential(*decoder)
        self.last = nn.Conv2d(features, 3, 3, padding=1)
        self.dispersion = nn.Conv2d(features, 3, 3, padding=1) if dispersion else None
        lowest = side // 2 if (size, side) == ("small", 32) else side // 4
        self.noise_shapes = [(drawn, lowest, lowest)] * len(self.noisy) if noise else []

    def features(self, condition: Condition, noise: Sequence[Tensor], num_samples: int) -> Tensor:
        """Return the last feature map; the encoder sees each condition once."""
        given = torch.cat([(condition["image"] + 1) / 2, condition["mask"]], 1)
        hidden = repeated(self.encoder(given), num_samples)
        for place, layer in enumerate(self.noisy):
            hidden = layer(with_noise(hidden, noise, place))
        features: Tensor = self.decoder(hidden)
        return features

    def finished(self, condition: Condition, images: Tensor) -> Tensor:
        """Return the images in [-1, 1]: painted in the hole, and the given image, to the bit, outside."""
        painted = torch.sigmoid(images) * 2 - 1
        return torch.where(condition["mask"][:, None] > 0, painted, condition["image"][:, None])

    def finished_dispersion(self, condition: Condition, log_dispersion: Tensor) -> Tensor:
        """Return the logarithm of the dispersion, which is a constant outside the hole."""
        return torch.where(condition["mask"] > 0, log_dispersion, KNOWN_LOG_DISPERSION)


class GlcicDiscriminator(Discriminator):
    """Image to one logit, from two branches: the whole image, and the box of half its side that contains the hole."""

    def __init__(self, side: int, size: Size) -> None:
        super().__init__()
        _check_side(side, size)
        self._box = side // 2
        branch = _paper_branch if size == "paper" else _small_branch
        self.whole, self.local = branch(side, 6), branch(self._box, 5)
        self.head = nn.Linear(2048 if size == "paper" else 128, 1)
        if size == "small":
            self.draw_weights()

    def forward(self, condition: Condition, images: Tensor) -> Tensor:
        """Return logits `float32[M, 1]` for images `[M, 3, H, W]`; of the condition only the mask is looked at."""
        given = (images + 1) / 2
        boxes = cropped(given, *box_corners(condition["mask"], self._box), self._box)
        logits: Tensor = self.head(torch.cat([self.whole(given), self.local(boxes)], 1))
        return logits.float()


def box_corners(mask: Tensor, box: int) -> tuple[Tensor, Tensor]:
    """Return the top rows and left columns `int64[M]` of the boxes, centred on the holes of `[M, 1, H, W]`, inside.

    A box contains its hole where that is no higher or wider than the (even) side of the box.
    """
    hole = mask[:, 0] > 0
    return _start(hole.any(2), box), _start(hole.any(1), box)


def cropped(images: Tensor, top: Tensor, left: Tensor, box: int) -> Tensor:
    """Return the squares `[M, C, box, box]` of images `[M, C, H, W]` that begin at these rows and columns."""
    num_images, channels, _, width = images.shape
    steps = torch.arange(box, device=images.device)
    rows, columns = top[:, None] + steps, left[:, None] + steps
    # no pixel is taken twice, so the backward pass adds to each place once and its order does not matter
    found = images.gather(2, rows[:, None, :, None].expand(num_images, channels, box, width))
    return found.gather(3, columns[:, None, None, :].expand(num_images, channels, box, box))


def _start(inside: Tensor, box: int) -> Tensor:
    """Return where along a side a box begins whose middle is that of what is `inside`: `bool[M, side]`."""
    side = inside.shape[1]
    places = torch.arange(side, device=inside.device)
    first = torch.where(inside, places, side).amin(1)
    end = torch.where(inside, places + 1, 0).amax(1)
    return ((first + end) // 2 - box // 2).clamp(0, side - box)


def _check_side(side: int, size: Size) -> None:
    if size == "small" and side not in SMALL_SIDES:
        raise BenchbenchError(f"the small GLCIC takes images of 32 or 64 pixels a side, got {side}")
    if side % 4 or side < 16:
        raise BenchbenchError(f"GLCIC takes images whose side is a multiple of 4 from 16, got {side}")


def _encoder(side: int, size: Size) -> tuple[list[nn.Module], int]:
    """Return the layers before the noise, and their last channels."""
    layers: list[nn.Module]
    if size == "paper":
        layers = [_layer(4, 64, 5), _layer(64, 128, 3, stride=2), _layer(128, 128, 3)]
        return [*layers, _layer(128, 256, 3, stride=2), _layer(256, 256, 3)], 256
    layers = [_layer(4, 24, 5, False), _layer(24, 48, 3, False, stride=2), _layer(48, 48, 3, False)]
    if side > SMALL_SIDES[0]:
        layers += [_layer(48, 48, 3, False, stride=2), _layer(48, 48, 3, False)]
    return layers, 48


def _decoder(side: int, size: Size) -> tuple[list[nn.Module], int]:
    """Return the layers after the noise, and their last channels."""
    layers: list[nn.Module]
    if size == "paper":
        layers = [_layer(256, 256, 3, dilation=8), _layer(256, 256, 3, dilation=16)]
        layers += [_layer(256, 256, 3), _layer(256, 256, 3)]
        return [*layers, _up(256, 128), _layer(128, 128, 3), _up(128, 64), _layer(64, 32, 3)], 32
    layers = [_layer(48, 48, 3, False)]
    if side > SMALL_SIDES[0]:
        layers.append(_small_up(48, 48))
    return [*layers, _small_up(48, 24), _layer(24, 12, 3, False)], 12


def _layer(
    inputs: int, outputs: int, kernel: int, bias: bool = True, stride: int = 1, dilation: int = 1
) -> nn.Sequential:
    padding = dilation * (kernel // 2)
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, padding, dilation, bias=bias)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU())


def _up(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.ConvTranspose2d(inputs, outputs, 4, 2, 1), nn.BatchNorm2d(outputs), nn.ReLU())


def _small_up(inputs: int, outputs: int) -> nn.Sequential:
    # cheaper on a CPU than a transposed convolution
    return nn.Sequential(*_layer(inputs, outputs, 3, False), nn.Upsample(scale_factor=2))


def _paper_branch(side: int, num_layers: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    inputs = 3
    for outputs in (64, 128, 256, 512, 512, 512)[:num_layers]:
        layers += [nn.Conv2d(inputs, outputs, 5, 2, 2), nn.BatchNorm2d(outputs), nn.ReLU()]
        inputs, side = outputs, (side + 1) // 2
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(inputs * side**2, 1024))


def _small_branch(side: int, num_layers: int) -> nn.Sequential:
    """Return halvings to 4 x 4 and a linear layer."""
    layers: list[nn.Module] = []
    inputs = 3
    for outputs in (24, 48, 96, 96)[:num_layers]:
        if side == 4:
            break
        layers.append(nn.Conv2d(inputs, outputs, 4, 2, 1, bias=not layers))
        if len(layers) > 1:
            layers.append(nn.BatchNorm2d(outputs))
        layers.append(nn.LeakyReLU(0.2))
        inputs, side = outputs, side // 2
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(inputs * side**2, 64), nn.LeakyReLU(0.2))
