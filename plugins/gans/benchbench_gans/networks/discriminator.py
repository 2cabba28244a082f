"""The two kinds of discriminator: one gives values, the other reconstructs what it sees."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from benchbench_gans.networks.layers import one_hot
from benchbench_gans.networks.sizes import Sizes


class Reconstruction(NamedTuple):
    """What an autoencoder makes of the samples that it sees."""

    samples: Tensor
    """`float32[N, …]`, of the shape of what was seen."""
    codes: Tensor
    """`float32[N, code]`."""


class Discriminator(nn.Module):
    """Samples, and a label where there are classes, to values."""

    def __init__(self, body: nn.Module, sizes: Sizes, labelled: bool) -> None:
        super().__init__()
        self.body = body
        self._num_classes = sizes.num_classes if labelled else 0

    def forward(self, samples: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return `float32[N, outputs]` for packs `[N, packing * C, …]` and labels `int64[N]`."""
        values: Tensor = self.body(_seen(samples, labels, self._num_classes))
        return values.float()


class Autoencoder(nn.Module):
    """Samples, and a label where there are classes, to their reconstruction."""

    def __init__(self, encoder: nn.Module, decoder: nn.Module, sizes: Sizes) -> None:
        super().__init__()
        self.encoder, self.decoder = encoder, decoder
        self._num_classes = sizes.num_classes

    def forward(self, samples: Tensor, labels: Tensor | None = None) -> Reconstruction:
        """Return the reconstruction of packs `[N, packing * C, …]` given labels `int64[N]`, which it need not give."""
        codes = self.encoder(_seen(samples, labels, self._num_classes))
        return Reconstruction(self.decoder(codes).float(), codes.float())


def _seen(samples: Tensor, labels: Tensor | None, num_classes: int) -> Tensor:
    """Return the samples with the label as channels of ones and zeros behind them."""
    if not num_classes or labels is None:
        return samples
    marks = one_hot(labels, num_classes, samples)
    planes = marks.reshape(*marks.shape, *[1] * (samples.ndim - 2)).expand(-1, -1, *samples.shape[2:])
    return torch.cat([samples, planes], 1)
