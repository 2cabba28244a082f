"""The steps of a conditional flow, each invertible, with the log of its Jacobian's determinant."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from benchbench_likelihood.layers import zeroed
from benchbench_likelihood.normal import Normal, bounded

BOUND = 2.0
"""No scale of a coupling is larger than `exp(2)` or smaller than `exp(-2)`: the inverse cannot overflow in a step."""


class Mixing(nn.Module):
    """A scale and a shift of each channel, then a matrix over channels: P L (U + diag(s)) (Kingma & Dhariwal 2018)."""

    permutation: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.log_scale, self.shift = (nn.Parameter(torch.zeros(channels)) for _ in range(2))
        orthogonal, _ = torch.linalg.qr(torch.randn(channels, channels))
        permutation, lower, upper = torch.linalg.lu(orthogonal)
        self.register_buffer("permutation", permutation)
        self.register_buffer("signs", upper.diagonal().sign())
        self.lower, self.upper = nn.Parameter(lower.tril(-1)), nn.Parameter(upper.triu(1))
        self.log_diagonal = nn.Parameter(upper.diagonal().abs().log())

    def forward(self, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """Return `[N, C, h, w]` and the log-determinant, a number."""
        pixels = hidden.shape[2] * hidden.shape[3]
        hidden = (hidden + self.shift[:, None, None]) * self.log_scale.exp()[:, None, None]
        mixed = torch.einsum("ij,njhw->nihw", self._matrix(), hidden)
        return mixed, (self.log_scale.sum() + self.log_diagonal.sum()) * pixels

    def inverse(self, hidden: Tensor) -> Tensor:
        """Return what `forward` made `hidden` of."""
        inverse = torch.linalg.inv(self._matrix().double()).to(hidden.dtype)
        mixed = torch.einsum("ij,njhw->nihw", inverse, hidden)
        return mixed * (-self.log_scale).exp()[:, None, None] - self.shift[:, None, None]

    def _matrix(self) -> Tensor:
        eye = torch.eye(len(self.lower), device=self.lower.device, dtype=self.lower.dtype)
        diagonal = torch.diag(cast(Tensor, self.signs) * self.log_diagonal.exp())
        return self.permutation @ (self.lower.tril(-1) + eye) @ (self.upper.triu(1) + diagonal)


class Coupling(nn.Module):
    """Half of the channels are scaled and shifted by what the other half and the condition's features say."""

    def __init__(self, channels: int, features: int, hidden: int) -> None:
        super().__init__()
        self._kept = channels // 2
        self.network = _small(self._kept + features, hidden, 2 * (channels - self._kept))

    def forward(self, hidden: Tensor, features: Tensor) -> tuple[Tensor, Tensor]:
        """Return `[N, C, h, w]` and the log-determinants `[N]`."""
        kept, changed = hidden[:, : self._kept], hidden[:, self._kept :]
        log_scale, shift = self._law(kept, features)
        return torch.cat([kept, (changed + shift) * log_scale.exp()], 1), log_scale.flatten(1).sum(1)

    def inverse(self, hidden: Tensor, features: Tensor) -> Tensor:
        """Return what `forward` made `hidden` of."""
        kept, changed = hidden[:, : self._kept], hidden[:, self._kept :]
        log_scale, shift = self._law(kept, features)
        return torch.cat([kept, changed * (-log_scale).exp() - shift], 1)

    def _law(self, kept: Tensor, features: Tensor) -> tuple[Tensor, Tensor]:
        raw, shift = self.network(torch.cat([kept, features], 1)).to(kept.dtype).chunk(2, 1)
        return BOUND * torch.tanh(raw / 2), shift


class Split(nn.Module):
    """Half of the channels leave the flow: their law is normal, given the other half and the condition's features."""

    def __init__(self, channels: int, features: int, hidden: int) -> None:
        super().__init__()
        self._kept = channels // 2
        self.network = _small(self._kept + features, hidden, 2 * (channels - self._kept))

    def forward(self, hidden: Tensor, features: Tensor) -> tuple[Tensor, Tensor]:
        """Return what stays, and the log density `[N]` of what leaves."""
        kept, leaving = hidden[:, : self._kept], hidden[:, self._kept :]
        return kept, self._law(kept, features).log_density(leaving)

    def inverse(self, kept: Tensor, features: Tensor, noise: Tensor) -> Tensor:
        """Return the channels together, with what had left made of noise."""
        return torch.cat([kept, self._law(kept, features).draw(noise)], 1)

    def _law(self, kept: Tensor, features: Tensor) -> Normal:
        return bounded(self.network(torch.cat([kept, features], 1)).to(kept.dtype), 2 * BOUND)


def _small(inputs: int, hidden: int, outputs: int) -> nn.Sequential:
    """Return three convolutions, the last one of 0, so that a step begins as the identity."""
    layers: list[nn.Module] = [nn.Conv2d(inputs, hidden, 3, padding=1), nn.SiLU(), nn.Conv2d(hidden, hidden, 1)]
    return nn.Sequential(*layers, nn.SiLU(), zeroed(nn.Conv2d(hidden, outputs, 3, padding=1)))
