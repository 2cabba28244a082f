"""Encoder and decoder: what every body has around it, and what a checkpoint holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchbench_gans.networks import Generator
from torch import Tensor, nn

from benchbench_vaes.losses.normal import Law


class Encoder(nn.Module):
    """Samples to the law of their code."""

    def __init__(self, body: nn.Module, gaussian: bool) -> None:
        """Take a body that gives `[N, 2 * latent]`, or `[N, latent]` where the code is deterministic."""
        super().__init__()
        self.body, self._gaussian = body, gaussian

    def forward(self, samples: Tensor) -> Law:
        """Return the law of the codes of samples `[N, …]`."""
        values = self.body(samples).float()
        if not self._gaussian:
            return Law(values, None)
        mean, log_variance = values.chunk(2, 1)
        return Law(mean, log_variance)


class Autoencoder(nn.Module):
    """Encoder and decoder; to sample is to decode noise."""

    def __init__(self, encoder: Encoder, decoder: Generator) -> None:
        super().__init__()
        self.encoder, self.decoder = encoder, decoder
        self.noise_shapes = decoder.noise_shapes

    def forward(self, condition: Mapping[str, Tensor], noise: Sequence[Tensor]) -> Tensor:
        """Return `float32[N, K, *shape]` for standard normal noise `[N, K, latent]`; there is no condition."""
        samples: Tensor = self.decoder(condition, noise)
        return samples

    def decode(self, codes: Tensor) -> Tensor:
        """Return `float32[N, *shape]`, images in about [-1, 1], for codes `[N, latent]`."""
        return self.decoder.draw(codes, None)
