"""When an update is left out in the authors' training of VAE-GAN: where one side is far ahead of the other."""

from __future__ import annotations

import torch
from torch import Tensor

MIDDLE, REACH = 0.68, 0.35
"""A classifier that knows nothing has the cost log 2 = 0.69."""


def moves(real_cost: Tensor, fake_cost: Tensor) -> tuple[Tensor, Tensor]:
    """Return whether decoder and judge are updated, two `bool[]`, from the judge's costs (negative log likelihoods).

    The judge rests where a cost is below 0.33, the decoder where one is above 1.03; never both.
    """
    costs = torch.stack([real_cost, fake_cost])
    judge = ~(costs < MIDDLE - REACH).any()
    decoder = ~(costs > MIDDLE + REACH).any()
    neither = ~(judge | decoder)
    return decoder | neither, judge | neither
