"""Classifiers that do more than tell real from made samples: one shows its features, the other sees pairs."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn


class FeatureJudge(nn.Module):
    """A classifier whose activations in one of its layers are compared too."""

    def __init__(self, body: nn.Module, layer: int) -> None:
        """Cut the body behind its layer of this number, counting those that have weights from 1, norms aside."""
        super().__init__()
        layers = list(_flat(body))
        places = [i for i, each in enumerate(layers) if isinstance(each, (nn.Conv2d, nn.Linear))]
        place = places[layer - 1] + 1
        self.features, self.head = nn.Sequential(*layers[:place]), nn.Sequential(*layers[place:])

    def forward(self, samples: Tensor) -> Tensor:
        """Return logits `float32[N, 1]` of samples `[N, …]`."""
        logits: Tensor = self.head(self.features(samples))
        return logits.float()


class PairJudge(nn.Module):
    """A classifier of pairs of a code and a sample."""

    def __init__(self, trunk: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.trunk, self.head = trunk, head

    def forward(self, codes: Tensor, samples: Tensor) -> Tensor:
        """Return logits `float32[N, 1]` of codes `[N, latent]` and samples `[N, …]`."""
        logits: Tensor = self.head(torch.cat([codes, self.trunk(samples)], 1))
        return logits.float()


def _flat(module: nn.Module) -> Iterator[nn.Module]:
    if isinstance(module, nn.Sequential):
        for each in module:
            yield from _flat(each)
    else:
        yield module
