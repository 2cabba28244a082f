"""The generator: what every body has around it, and what a checkpoint holds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Literal

import torch
from torch import Tensor, nn

from benchbench_gans.networks.layers import one_hot
from benchbench_gans.networks.sizes import Sizes

Law = Literal["normal", "uniform"]


class Generator(nn.Module):
    """Noise, and a label where there are classes, to samples."""

    def __init__(self, body: nn.Module, sizes: Sizes, law: Law = "normal") -> None:
        super().__init__()
        self.body = body
        self.noise_shapes = [(sizes.latent,)]
        self.num_classes, self._law = sizes.num_classes, law

    def forward(self, condition: Mapping[str, Tensor], noise: Sequence[Tensor]) -> Tensor:
        """Return `float32[N, K, *shape]` for labels `int64[N]`, if any, and standard normal noise `[N, K, latent]`."""
        (latents,) = noise
        number, samples_each = latents.shape[:2]
        labels = condition["label"].repeat_interleave(samples_each) if self.num_classes else None
        samples = self.draw(latents.flatten(0, 1), labels)
        return samples.reshape(number, samples_each, *samples.shape[1:])

    def draw(self, latents: Tensor, labels: Tensor | None) -> Tensor:
        """Return `float32[M, *shape]`, images in about [-1, 1], for standard normal noise `[M, latent]`.

        Where z is uniform in (-1, 1) it is the noise's own quantile there.
        """
        seeds = torch.erf(latents / math.sqrt(2)) if self._law == "uniform" else latents
        if labels is not None:
            seeds = torch.cat([seeds, one_hot(labels, self.num_classes, seeds)], 1)
        samples: Tensor = self.body(seeds)
        return samples.float()
