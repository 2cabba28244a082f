"""What every base network is to the trainer and to the methods."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn


class Network(nn.Module):
    """A conditional network with noise: what a GAN paper calls the generator."""

    def noise_shapes(self, height: int, width: int) -> list[tuple[int, int, int]]:
        """Return the shapes `(C, h, w)` of the noise that one sample of this size takes."""
        raise NotImplementedError

    def forward(self, condition: Tensor, noise: Sequence[Tensor]) -> Tensor:
        """Return `float32[N, K, 3, H, W]` in [-1, 1] from conditions `[N, 3, h, w]`, noise `[N, K, C, h, w]` each."""
        raise NotImplementedError
