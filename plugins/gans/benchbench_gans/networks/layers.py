"""What the networks are made of."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate
from torch.nn.utils.parametrizations import spectral_norm

from benchbench_gans.networks.sizes import Norm


class Reshape(nn.Module):
    """Rows to tensors of a shape."""

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self._shape = shape

    def forward(self, rows: Tensor) -> Tensor:
        """Return `[N, *shape]` for `[N, …]` of as many values."""
        return rows.reshape(len(rows), *self._shape)


class Scaled(nn.Module):
    """Everything times a number."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self._factor = factor

    def forward(self, values: Tensor) -> Tensor:
        """Return the values times the factor."""
        return self._factor * values


class Waves(nn.Module):
    """Points with random Fourier features (Tancik et al., NeurIPS 2020): sines and cosines of random directions.

    The angular frequencies are spread evenly in their logarithm from `LOW` to `HIGH`; they are not trained.
    """

    LOW, HIGH = 1.5, 40.0
    frequencies: Tensor

    def __init__(self, inputs: int, number: int) -> None:
        super().__init__()
        self.outputs = inputs + 2 * number
        directions = nn.functional.normalize(torch.randn(inputs, number), dim=0)
        lengths = self.LOW * (self.HIGH / self.LOW) ** torch.rand(number)
        self.register_buffer("frequencies", directions * lengths)

    def forward(self, points: Tensor) -> Tensor:
        """Return `[N, inputs + 2 * number]` of points `[N, inputs]`: themselves, sines, cosines."""
        angles = points @ self.frequencies
        return torch.cat([points, angles.sin(), angles.cos()], 1)


class Enlarge(nn.Module):
    """Twice the side, by the nearest neighbour."""

    def forward(self, images: Tensor) -> Tensor:
        """Return `[N, C, 2h, 2w]` for `[N, C, h, w]`."""
        return interpolate(images, scale_factor=2, mode="nearest")


class Residual(nn.Module):
    """The sum of two paths."""

    def __init__(self, path: nn.Module, shortcut: nn.Module) -> None:
        super().__init__()
        self.path, self.shortcut = path, shortcut

    def forward(self, images: Tensor) -> Tensor:
        """Return the sum of what both paths give."""
        total: Tensor = self.path(images) + self.shortcut(images)
        return total


class SumPool(nn.Module):
    """The sum over all pixels."""

    def forward(self, images: Tensor) -> Tensor:
        """Return `[N, C]` for `[N, C, h, w]`."""
        return images.sum((2, 3))


def weighted(layer: nn.Module, norm: Norm) -> nn.Module:
    """Return the layer, its weight divided by its largest singular value where the norm is `spectral`."""
    return spectral_norm(layer) if norm == "spectral" else layer


def normalized(channels: int, norm: Norm) -> nn.Module:
    """Return the batch norm of so many channels where the norm is `batch`, and nothing elsewhere."""
    return nn.BatchNorm2d(channels) if norm == "batch" else nn.Identity()


def initialized(module: nn.Module, deviation: float) -> nn.Module:
    """Return the module with weights from N(0, deviation²), of batch norms from N(1, deviation²), and biases of 0."""
    for part in module.modules():
        if isinstance(part, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear, nn.BatchNorm2d)):
            nn.init.normal_(part.weight, float(isinstance(part, nn.BatchNorm2d)), deviation)
            if part.bias is not None:
                nn.init.zeros_(part.bias)
    return module


def perceptron(widths: list[int], activation: Callable[[], nn.Module], norm: Norm = "none") -> nn.Sequential:
    """Return linear layers of these widths with an activation between each two."""
    layers: list[nn.Module] = []
    for inputs, outputs in zip(widths, widths[1:], strict=False):
        layers += [weighted(nn.Linear(inputs, outputs), norm), activation()]
    return nn.Sequential(*layers[:-1])


def one_hot(labels: Tensor, num_classes: int, like: Tensor) -> Tensor:
    """Return `[N, C]` of labels `int64[N]`, of the dtype and on the device of `like`; also inside a CUDA graph."""
    return (labels.to(like.device)[:, None] == torch.arange(num_classes, device=like.device)).to(like.dtype)
