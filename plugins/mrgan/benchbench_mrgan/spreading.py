"""Losses that ask for samples of one input to differ: MSGAN's, DSGAN's, and the deviation reward of rcGAN.

Pure functions of `samples` `float32[N, P, *shape]`, P of each of N inputs. The first two reward differences without
looking at the truth; the third, with an L1 loss of the mean of the samples, has the truth's deviation as its optimum.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

EPSILON = 1e-5
"""Added to what is divided by, as in the authors' code of both."""


def mode_seeking_loss(samples: Tensor, noise: Sequence[Tensor]) -> Tensor:
    """Return `1 / (mean |x_1 - x_2| / mean |z_1 - z_2| + 1e-5)`, a scalar (Mao et al. 2019, equation 4, as released).

    The means are over the whole batch. Of P samples the first two count, and of their noise `[N, P, *shape]` each.
    """
    apart, codes = _between(samples, noise)
    return 1 / (apart.mean() / codes.mean() + EPSILON)


def diversity_sensitive_loss(samples: Tensor, noise: Sequence[Tensor]) -> Tensor:
    """Return minus the mean over the inputs of `|x_1 - x_2| / (|z_1 - z_2| + 1e-5)` (Yang et al. 2019, equation 3).

    Each norm is a mean of absolute differences. There is no upper bound: the released code has one that never acts.
    """
    apart, codes = _between(samples, noise)
    return -(apart / (codes + EPSILON)).mean()


def mean_error(samples: Tensor, targets: Tensor) -> Tensor:
    """Return mean |x̄ - y|, a scalar: the mean of P samples is drawn to the truth (Bendel et al. 2023, equation 8)."""
    return (samples.mean(1) - targets).abs().mean()


def deviation_reward(samples: Tensor) -> Tensor:
    """Return `sqrt(2 / (pi P (P + 1))) S`, a scalar, of P >= 2 samples (Bendel et al. 2023, equations 9 and 12).

    S = `sqrt(pi / (2 P (P - 1))) sum_i |x_i - x̄|` is the standard deviation of a normal law, in mean. For a normal
    truth, `mean_error` less this has its minimum at the truth's mean and deviation.
    """
    number = samples.shape[1]
    away = (samples - samples.mean(1, keepdim=True)).abs().sum(1).mean()
    deviation = math.sqrt(math.pi / (2 * number * (number - 1))) * away
    return math.sqrt(2 / (math.pi * number * (number + 1))) * deviation


def averaging_gain(samples: Tensor, targets: Tensor) -> Tensor:
    """Return by how many decibels the mean of P samples is nearer to the truth than one sample, a scalar.

    For draws of the true law it is `10 log10(2 P / (P + 1))`: 2.5 for 8.
    """
    one = (samples - targets[:, None]).square().mean()
    together = (samples.mean(1) - targets).square().mean()
    return 10 * torch.log10(one / together)


def expected_gain(number: int) -> float:
    """Return the averaging gain of so many draws of the true law, in decibels."""
    return 10 * math.log10(2 * number / (number + 1))


def _between(samples: Tensor, noise: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Return the mean absolute difference of the first two samples and of their noise, `[N]` each."""
    first, second = samples[:, 0], samples[:, 1]
    codes = torch.cat([(each[:, 0] - each[:, 1]).abs().flatten(1) for each in noise], 1)
    return (first - second).abs().flatten(1).mean(1), codes.mean(1)
