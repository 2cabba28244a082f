"""What can be added to any generator's loss: the mode-seeking term (Mao et al., CVPR 2019)."""

from __future__ import annotations

from torch import Tensor

EPSILON = 1e-5


def mode_seeking_loss(samples: Tensor, others: Tensor, latents: Tensor, other_latents: Tensor) -> Tensor:
    """Return 1 / (mean |G(z₁) - G(z₂)| / mean |z₁ - z₂| + 1e-5): small where other noise gives other samples.

    `samples` and `others` are `[N, …]`, of the same labels; the latent vectors are `[N, L]`.
    """
    ratio = (samples.float() - others.float()).abs().mean() / (latents.float() - other_latents.float()).abs().mean()
    return 1 / (ratio + EPSILON)
