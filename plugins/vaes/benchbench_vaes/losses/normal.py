"""Normal laws with independent dimensions: their divergence from N(0, I), and samples (Kingma & Welling, ICLR 2014)."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor


class Law(NamedTuple):
    """What an encoder says of the code of N samples."""

    mean: Tensor
    """`float32[N, latent]`."""
    log_variance: Tensor | None
    """`float32[N, latent]`; `None` where the code is the mean itself."""


def drawn(law: Law, deviations: Tensor) -> Tensor:
    """Return codes `[N, latent]`: μ + σ ε for standard normal ε of that shape."""
    if law.log_variance is None:
        return law.mean
    return law.mean + (law.log_variance / 2).exp() * deviations


def divergence(law: Law) -> Tensor:
    """Return `[N]`: KL(N(μ, σ²) ‖ N(0, I)) = ½ Σ (μ² + σ² - 1 - log σ²), in nats (appendix B of the paper)."""
    assert law.log_variance is not None, "a deterministic code has no divergence"
    mean, log_variance = law.mean.float(), law.log_variance.float()
    return (mean.square() + log_variance.exp() - 1 - log_variance).flatten(1).sum(1) / 2
