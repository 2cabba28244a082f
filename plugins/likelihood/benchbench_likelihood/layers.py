"""What encoder, decoder and the condition's features are made of."""

from __future__ import annotations

from typing import cast

from torch import Tensor, nn
from torch.nn.functional import silu

GROUPS = 8


class Block(nn.Module):
    """Two convolutions beside a shortcut; where there is a code, it scales and shifts between them (FiLM)."""

    def __init__(self, inputs: int, outputs: int, code: int = 0) -> None:
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.norm = nn.GroupNorm(GROUPS, outputs)
        self.film = nn.Linear(code, 2 * outputs) if code else None
        self.second = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.shortcut = nn.Conv2d(inputs, outputs, 1) if inputs != outputs else nn.Identity()

    def forward(self, hidden: Tensor, code: Tensor | None = None) -> Tensor:
        """Return `[N, outputs, h, w]` for features `[N, inputs, h, w]` and a code `[N, code]`."""
        inner = self.norm(self.first(silu(hidden)))
        if self.film is not None:
            scale, shift = self.film(code)[:, :, None, None].chunk(2, 1)
            inner = inner * (1 + scale) + shift
        return cast(Tensor, self.shortcut(hidden) + self.second(silu(inner)))


def zeroed(layer: nn.Conv2d) -> nn.Conv2d:
    """Return the convolution with weights and biases of 0."""
    nn.init.zeros_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer
