"""The losses of MR-GAN and its baselines: Lee, Ha & Kim, ICLR 2019, section 4 and appendix B.

Pure functions of `samples` `float32[N, K, *shape]`, K of each of N inputs, and of the one truth of each, `targets`
`float32[N, *shape]`. For inpainting `mask` is `float32[N, 1, H, W]`, 1 in the hole: an average is then the sum of its
terms in the hole divided by the number of hole pixels, not times the channels. (Outside the
terms are constants: an output equals its image there, and its log-dispersion is set.) The reconstruction losses take no
mask: they are plain means over the whole image, as in the authors' code.
"""

from __future__ import annotations

from typing import Literal

import torch
from benchbench.core import BenchbenchError
from torch import Tensor
from torch.nn.functional import softplus

Family = Literal["gaussian", "laplace"]
"""The law whose moments are matched: mean and variance, or median and mean absolute deviation."""
EPSILON = 1e-9
"""Added to dispersions that are divided by, and to sample dispersions under a logarithm."""


def discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """Return ½ [mean BCE(real, 1) + mean BCE(fake, 0)] of logits of any shape, a scalar."""
    return (softplus(-real).mean() + softplus(fake).mean()) / 2


def adversarial_loss(fake: Tensor) -> Tensor:
    """Return mean BCE(fake, 1) of the logits of samples, a scalar: the non-saturating loss."""
    return softplus(-fake).mean()


def average(terms: Tensor, mask: Tensor | None = None) -> Tensor:
    """Return the mean of `float32[N, *shape]`; with a mask, their sum in the hole / the number of hole pixels."""
    return terms.mean() if mask is None else (terms * mask).sum() / mask.sum()


def absolute_error(samples: Tensor, targets: Tensor) -> Tensor:
    """Return mean |ỹ - y|, a scalar: every sample is drawn to the truth (pix2pix)."""
    return (samples - targets[:, None]).abs().mean()


def squared_error(samples: Tensor, targets: Tensor) -> Tensor:
    """Return mean (ỹ - y)² over the whole image, a scalar: every sample is drawn to the truth (SRGAN, GLCIC)."""
    return (samples - targets[:, None]).square().mean()


def gaussian_moments(samples: Tensor) -> tuple[Tensor, Tensor]:
    """Return m = Σ ỹ_i / K and the unbiased v = Σ (ỹ_i - m)² / (K - 1), each `[N, *shape]`."""
    if samples.shape[1] < 2:
        raise BenchbenchError("the variance of one sample is not defined: num_samples must be 2 or more")
    return samples.mean(1), samples.var(1, correction=1)


def laplace_moments(samples: Tensor) -> tuple[Tensor, Tensor]:
    """Return the median m, the lower middle one for even K, and b = Σ |ỹ_i - m| / K, each `[N, *shape]`."""
    median = sample_median(samples)
    return median, (samples - median[:, None]).abs().mean(1)


def sample_median(samples: Tensor) -> Tensor:
    """Return `[N, *shape]`, the lower middle one of K samples: by sorting, which is deterministic on every device."""
    return samples.sort(dim=1, stable=True).values[:, (samples.shape[1] - 1) // 2]


def spread_gradient(median: Tensor, samples: Tensor) -> Tensor:
    """Return the median with the gradient of the mean, which reaches every sample alike.

    m = a + stopgrad(m - a), where a = Σ ỹ_i / K. So d m / d ỹ_i = 1 / K for all i, where a median's own gradient
    reaches one sample; this is the authors' shift of each sample's target, stopgrad(ỹ_i + t - m), under both losses.
    """
    mean = samples.mean(1)
    return mean + (median - mean).detach()


def location(samples: Tensor, family: Family) -> Tensor:
    """Return the first moment `[N, *shape]`: the mean, or the median with its gradient spread."""
    return samples.mean(1) if family == "gaussian" else spread_gradient(sample_median(samples), samples)


def dispersion(samples: Tensor, family: Family) -> Tensor:
    """Return the second moment `[N, *shape]`: the variance, or the mean absolute deviation with its own gradient."""
    return gaussian_moments(samples)[1] if family == "gaussian" else laplace_moments(samples)[1]


def likelihood_1(center: Tensor, targets: Tensor, family: Family, mask: Tensor | None = None) -> Tensor:
    """Return the maximum-likelihood loss of the first moment: mean (y - m)² (Gaussian) or mean |y - m| (Laplace)."""
    error = targets - center
    return average(error.square() if family == "gaussian" else error.abs(), mask)


def likelihood_2(
    center: Tensor,
    spread: Tensor,
    log_spread: Tensor,
    targets: Tensor,
    family: Family,
    min_noise: float,
    mask: Tensor | None = None,
) -> Tensor:
    """Return the maximum-likelihood loss of both moments, c = `min_noise` and ε = 1e-9.

    Gaussian: mean ½ [((y - m)² + c) / (v + ε) + log v]. Laplace: mean [(|y - m| + c) / (b + ε) + log b].
    """
    error = targets - center
    if family == "gaussian":
        return average(((error.square() + min_noise) / (spread + EPSILON) + log_spread) / 2, mask)
    return average((error.abs() + min_noise) / (spread + EPSILON) + log_spread, mask)


def moment_reconstruction(
    samples: Tensor,
    targets: Tensor,
    family: Family,
    moments: Literal[1, 2],
    min_noise: float = 0.0,
    mask: Tensor | None = None,
) -> Tensor:
    """Return the loss of MR1 or MR2: the maximum-likelihood loss of the samples' moments on the truth."""
    center = location(samples, family)
    if moments == 1:
        return likelihood_1(center, targets, family, mask)
    spread = dispersion(samples, family)
    return likelihood_2(center, spread, torch.log(spread + EPSILON), targets, family, min_noise, mask)


def predictor_loss(
    center: Tensor,
    log_spread: Tensor,
    targets: Tensor,
    family: Family,
    min_noise: float = 0.0,
    mask: Tensor | None = None,
) -> Tensor:
    """Return the predictor's loss: that of both moments, of which it gives the second as a logarithm."""
    return likelihood_2(center, log_spread.exp(), log_spread, targets, family, min_noise, mask)


def proxy_errors(
    samples: Tensor,
    center: Tensor,
    log_spread: Tensor,
    family: Family,
    moments: Literal[1, 2],
    mask: Tensor | None = None,
) -> list[Tensor]:
    """Return mean (m - m̂)² and, for both moments, mean (s - ŝ)², where a frozen predictor gives m̂ and log ŝ."""
    errors = [average((location(samples, family) - center).square(), mask)]
    if moments == 2:
        errors.append(average((dispersion(samples, family) - log_spread.exp()).square(), mask))
    return errors
