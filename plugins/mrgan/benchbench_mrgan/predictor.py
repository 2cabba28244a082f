"""The predictor's law as a network that is sampled from: each pixel on its own, so the right moments and no image."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import torch
from torch import Tensor, nn

from benchbench_mrgan.recipes import Family


class PredictedLaw(nn.Module):
    """Samples of the Gaussian or Laplace law that the predictor gives each pixel, or its centre alone."""

    def __init__(
        self, predictor: Any, family: Family, shape: tuple[int, ...], draw: Literal["law", "mean"] = "law"
    ) -> None:
        super().__init__()
        self.predictor = predictor
        self.noise_shapes = [shape]
        self._family, self._draw = family, draw

    def forward(self, condition: Mapping[str, Tensor], noise: Sequence[Tensor]) -> Tensor:
        """Return `float32[N, K, *shape]` from conditions and standard normal `[N, K, *shape]`.

        Images stay in [-1, 1]; outside of a hole the image itself is given.
        """
        (drawn,) = noise
        center, log_spread = (each[:, None] for each in self.predictor.moments(condition, num_inputs=len(drawn)))
        if self._draw == "mean":
            return center.expand_as(drawn).contiguous()
        away = (log_spread / 2).exp() * drawn if self._family == "gaussian" else log_spread.exp() * laplace(drawn)
        if "mask" in condition:
            away = away * condition["mask"][:, None]
        samples = center + away
        return samples.clamp(-1, 1) if drawn.ndim > 3 else samples


def laplace(normal: Tensor) -> Tensor:
    """Return standard Laplace values (median 0, mean absolute deviation 1) of standard normal ones, by quantile."""
    tail = torch.special.erfc(normal.abs() / math.sqrt(2))
    return -torch.sign(normal) * torch.log(tail)
