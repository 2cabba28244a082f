"""Mixtures of equal round Gaussians, seen through a linear operator with noise: every law in closed form, float64.

Prior Σ_k w_k N(m_k, s² I) in d dimensions; observation y = A x + σ ε in m dimensions. The posterior of x given y is a
mixture with the common covariance C = (I/s² + AᵀA/σ²)⁻¹, means C (m_k/s² + Aᵀy/σ²), and weights in proportion to
w_k N(y; A m_k, σ² I + s² A Aᵀ).
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, eq=False)
class RoundMixture:
    """Σ_k w_k N(m_k, s² I)."""

    weights: Tensor
    """`float64[M]`, of sum 1."""
    means: Tensor
    """`float64[M, d]`."""
    std: float
    """s."""

    def denoise(self, x: Tensor, noise_level: float | Tensor) -> Tensor:
        """Return E[x₀ | x₀ + τ ε = x], `[…, d]`, for noisy x `[…, d]` and τ >= 0 (a number, or `[…, 1]`).

        D(x, τ) = Σ_k ρ_k(x) [m_k + s²/(s² + τ²) (x - m_k)], ρ_k in proportion to w_k N(x; m_k, (s² + τ²) I). In the
        dtype of x, and differentiable.
        """
        means = self.means.to(x)
        variance = self.std**2 + noise_level**2
        kept = self.std**2 / variance
        pulled = self._log_weights(x, variance).softmax(-1) @ means
        return pulled + kept * (x - pulled)

    def score(self, x: Tensor, noise_level: float | Tensor) -> Tensor:
        """Return the gradient of the log density of x₀ + τ ε at x, `[…, d]`; by Tweedie's formula (D - x)/τ²."""
        means = self.means.to(x)
        variance = self.std**2 + noise_level**2
        return (self._log_weights(x, variance).softmax(-1) @ means - x) / variance

    def log_density(self, x: Tensor, noise_level: float | Tensor = 0.0) -> Tensor:
        """Return the log density of x₀ + τ ε, `[…]`, at x `[…, d]`."""
        import torch

        variance = torch.as_tensor(self.std**2 + noise_level**2, dtype=x.dtype, device=x.device)
        normaliser = x.shape[-1] / 2 * torch.log(2 * torch.pi * variance)
        found = self._log_weights(x, variance).logsumexp(-1, keepdim=True) - normaliser
        return found.squeeze(-1)

    def _log_weights(self, x: Tensor, variance: float | Tensor) -> Tensor:
        """Return `[…, M]`: log w_k - ‖x - m_k‖² / 2v."""
        centre = self.weights @ self.means  # around it float32 loses least
        means, weights, x = (self.means - centre).to(x), self.weights.to(x), x - centre.to(x)
        squares = x.square().sum(-1, keepdim=True) - 2 * x @ means.mT + means.square().sum(-1)
        log_weights: Tensor = weights.log() - squares / (2 * variance)
        return log_weights


@dataclass(frozen=True, eq=False)
class Observed:
    """A round mixture seen through y = A x + σ ε."""

    prior: RoundMixture
    matrix: Tensor
    """A, `float64[m, d]`."""
    noise_std: float
    """σ, above 0."""

    @functools.cached_property
    def covariance(self) -> Tensor:
        """C, `float64[d, d]`, of every component of the posterior, whatever y is."""
        return self._precision.inverse()

    @functools.cached_property
    def root(self) -> Tensor:
        """`float64[d, d]`: L with L Lᵀ = C."""
        import torch

        return torch.linalg.cholesky(self.covariance)

    @functools.cached_property
    def _prior_part(self) -> Tensor:
        """`float64[M, d]`: C m_k / s²."""
        return self.prior.means @ self.covariance / self.prior.std**2

    @functools.cached_property
    def _precision(self) -> Tensor:
        import torch

        product = self.matrix.mT @ self.matrix
        identity = torch.eye(len(product), dtype=product.dtype)
        return identity / self.prior.std**2 + product / self.noise_std**2

    @functools.cached_property
    def _evidence(self) -> Tensor:
        """`float64[m, m]`: σ² I + s² A Aᵀ, the covariance of y within a component."""
        import torch

        product = self.matrix @ self.matrix.mT
        return self.noise_std**2 * torch.eye(len(product), dtype=product.dtype) + self.prior.std**2 * product

    def weights(self, y: Tensor) -> Tensor:
        """Return `float64[B, M]`: the posterior weights of the components, given y `[B, m]`."""
        import torch

        off = y.double()[:, None] - self.prior.means @ self.matrix.mT
        squares = (off * torch.linalg.solve(self._evidence, off.mT).mT).sum(-1)
        return (self.prior.weights.log() - squares / 2).softmax(-1)

    def means(self, y: Tensor) -> Tensor:
        """Return `float64[B, M, d]`: the posterior means of the components, given y `[B, m]`."""
        seen = y.double() @ (self.matrix @ self.covariance) / self.noise_std**2
        return self._prior_part + seen[:, None]

    def sample(self, y: Tensor, uniform: Tensor, normal: Tensor) -> Tensor:
        """Return posterior draws `float64[B, K, d]` given y `[B, m]`, uniform `[B, K]` in [0, 1) and normal noise."""
        import torch

        steps = self.weights(y).cumsum(-1)
        chosen = torch.searchsorted(steps, uniform.double().contiguous(), right=True).clamp_max(steps.shape[-1] - 1)
        centres = self.means(y).gather(1, chosen[..., None].expand(-1, -1, self.matrix.shape[1]))
        return centres + normal.double() @ self.root.mT
