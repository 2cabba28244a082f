"""The encoder: from an image to the normal law of its latent vector."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from torch import Tensor, nn
from torch.nn.functional import avg_pool2d

from benchbench_bicyclegan.layers import Norm, halving, normalization


@dataclass(frozen=True)
class EncoderSizes:
    """How large the encoder is: the channels after its first convolution, and after each halving that follows."""

    resnet: tuple[int, ...]
    cnn: tuple[int, ...]
    norm: Norm


class Encoder(nn.Module):
    """Image to the mean and the logarithm of the variance of its latent vector; the mean over all pixels is between."""

    def __init__(self, kind: Literal["resnet", "cnn"], latent: int, sizes: EncoderSizes) -> None:
        super().__init__()
        self.body = _residual(sizes) if kind == "resnet" else _plain(sizes)
        channels = (sizes.resnet if kind == "resnet" else sizes.cnn)[-1]
        self.mean = nn.Linear(channels, latent)
        self.log_variance = nn.Linear(channels, latent)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return `float32[N, latent]` twice for images `[N, 3, S, S]` in [-1, 1]."""
        features = self.body(images).mean((2, 3))
        return self.mean(features), self.log_variance(features)


class _Block(nn.Module):
    """Two convolutions, the second to `outputs` channels, and a shortcut; both are halved by the mean of 2 x 2."""

    def __init__(self, inputs: int, outputs: int, norm: Norm) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            normalization(norm, inputs),
            nn.LeakyReLU(0.2),
            nn.Conv2d(inputs, inputs, 3, padding=1),
            normalization(norm, inputs),
            nn.LeakyReLU(0.2),
            nn.Conv2d(inputs, outputs, 3, padding=1),
        )
        self.shortcut = nn.Conv2d(inputs, outputs, 1)

    def forward(self, hidden: Tensor) -> Tensor:
        halved: Tensor = avg_pool2d(self.layers(hidden), 2) + self.shortcut(avg_pool2d(hidden, 2))
        return halved


def _residual(sizes: EncoderSizes) -> nn.Sequential:
    first, *others = sizes.resnet
    layers: list[nn.Module] = [halving(3, first)]
    for outputs in others:
        layers.append(_Block(first, outputs, sizes.norm))
        first = outputs
    return nn.Sequential(*layers, nn.LeakyReLU(0.2))


def _plain(sizes: EncoderSizes) -> nn.Sequential:
    layers: list[nn.Module] = []
    inputs = 3
    for level, outputs in enumerate(sizes.cnn):
        layers += [halving(inputs, outputs), normalization(sizes.norm, outputs, level > 0), nn.LeakyReLU(0.2)]
        inputs = outputs
    return nn.Sequential(*layers)
