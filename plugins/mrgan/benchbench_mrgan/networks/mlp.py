"""The perceptrons of the two-dimensional experiment (MR-GAN, appendix C); small and paper's size are the same."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from benchbench import BenchbenchError
from torch import Tensor, nn

from benchbench_mrgan.networks.discriminator import Discriminator
from benchbench_mrgan.networks.network import Condition, Network, Size

WIDTH = 128


class Mlp(Network):
    """Noise to a point, unconditional; without noise one learned point, with its learned dispersion if wanted."""

    def __init__(self, dimensions: int, size: Size, noise: bool = True, dispersion: bool = False) -> None:
        super().__init__(noise, dispersion)
        del size  # there is one
        self.noise_shapes = [(dimensions,)] if noise else []
        self.layers = _perceptron(dimensions, dimensions) if noise else None
        self.mean = None if noise else nn.Parameter(torch.zeros(dimensions))
        self.log_dispersion = nn.Parameter(torch.zeros(dimensions)) if dispersion else None

    def forward(self, condition: Condition, noise: Sequence[Tensor]) -> Tensor:
        """Return points `float32[N, K, D]` for noise `[N, K, D]`; without noise N and K are 1."""
        del condition
        if self.layers is not None:
            points: Tensor = self.layers(noise[0])
            return points.float()
        assert self.mean is not None
        return self.mean[None, None]

    def moments(self, condition: Condition, num_inputs: int | None = None) -> tuple[Tensor, Tensor]:
        """Return the mean `float32[N, D]` and the logarithm of the dispersion, the same in all `num_inputs` rows."""
        del condition
        if self.mean is None or self.log_dispersion is None:
            raise BenchbenchError("this network has no dispersion: build it with noise=False, dispersion=True")
        rows = 1 if num_inputs is None else num_inputs
        return self.mean.expand(rows, -1), self.log_dispersion.expand(rows, -1)


class MlpDiscriminator(Discriminator):
    """Point to one logit."""

    def __init__(self, dimensions: int, size: Size) -> None:
        super().__init__()
        del size  # there is one
        self.layers = _perceptron(dimensions, 1)

    def forward(self, condition: Condition, images: Tensor) -> Tensor:
        """Return logits `float32[M, 1]` for points `[M, D]`."""
        del condition
        logits: Tensor = self.layers(images)
        return logits.float()


def _perceptron(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(inputs, WIDTH), nn.ReLU(), nn.Linear(WIDTH, WIDTH), nn.ReLU(), nn.Linear(WIDTH, outputs)
    )
