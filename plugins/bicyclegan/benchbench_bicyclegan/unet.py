"""The generator: a U-Net that takes a latent vector at every convolution of its encoder, or at the first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, leaky_relu, relu

from benchbench_bicyclegan.layers import Norm, halving, normalization

Injection = Literal["all", "released", "input"]
"""Where z enters: at every convolution of the encoder, after the LeakyReLU (`all`) or before it, so that z passes
through it (`released`, as in the authors' code); or with the image alone (`input`)."""


@dataclass(frozen=True)
class UNetSizes:
    """How large the U-Net is."""

    channels: int
    """Of the first level; they double with every level."""
    most_channels: int
    norm: Norm
    enlarge: Literal["transposed", "nearest"]
    """`transposed`: transposed convolutions up to the image. `nearest`: a convolution, then nearest neighbour x2, and a
    last convolution that sees the condition: less work for a CPU."""
    dropout: bool
    """Half of the activations of the middle levels of the decoder are dropped in training."""


class UNet(nn.Module):
    """Condition and latent vector to image: halvings to 1 x 1, and back up with skips."""

    def __init__(self, side: int, condition_channels: int, latent: int, injection: Injection, sizes: UNetSizes) -> None:
        super().__init__()
        levels = side.bit_length() - 1
        channels = [min(sizes.channels * 2**level, sizes.most_channels) for level in range(levels)]
        self.latent, self._injection, self._sizes = latent, injection, sizes
        self.down, self.down_norms = nn.ModuleList(), nn.ModuleList()
        self.up, self.up_norms = nn.ModuleList(), nn.ModuleList()
        inputs = condition_channels
        for level, outputs in enumerate(channels):
            taken = inputs + (latent if self._takes_latent(level) else 0)
            self.down.append(halving(taken, outputs))
            self.down_norms.append(normalization(sizes.norm, outputs, 0 < level < levels - 1))
            inputs = outputs
        self.mask_shapes: list[tuple[int, int, int]] = []
        """The shapes `(C, h, w)` of the dropout masks that one image takes in training."""
        self._masked: list[bool] = []
        for level in reversed(range(levels)):
            innermost = level == levels - 1
            last = level == 0 and sizes.enlarge == "transposed"
            outputs = 3 if last else channels[max(level - 1, 0)]
            self.up.append(_doubling(inputs if innermost else inputs + channels[level], outputs, sizes, innermost))
            self.up_norms.append(normalization(sizes.norm, outputs, not last))
            # the halvings between as many channels as there can be, but for the innermost
            self._masked.append(sizes.dropout and 4 <= level < levels - 1)
            if self._masked[-1]:
                self.mask_shapes.append((outputs, side >> level, side >> level))
            inputs = outputs
        self.last = nn.Conv2d(inputs + condition_channels, 3, 3, padding=1) if sizes.enlarge == "nearest" else None

    def forward(self, condition: Tensor, latent: Tensor, masks: Sequence[Tensor] = ()) -> Tensor:
        """Return `float32[N, 3, S, S]` in [-1, 1] for conditions `[N, C, S, S]` and latent vectors `[N, latent]`.

        `masks`: `bool[N, C, h, w]` of each of `mask_shapes`, true where an activation stays; without them none is
        dropped.
        """
        left = list(masks)
        hidden, skips = condition, []
        for level, (layer, norm) in enumerate(zip(self.down, self.down_norms, strict=True)):
            hidden = norm(layer(self._joined(hidden, latent, level)))
            skips.append(hidden)
        hidden = skips.pop()
        for deep, (layer, norm) in enumerate(zip(self.up, self.up_norms, strict=True)):
            if deep:
                hidden = torch.cat([skips.pop(), hidden], 1)
            hidden = norm(layer(relu(hidden)))
            if self._sizes.enlarge == "nearest":
                hidden = interpolate(hidden, scale_factor=2.0)
            if left and self._masked[deep]:
                hidden = hidden * left.pop(0).to(hidden.dtype) * 2
        if self.last is not None:
            hidden = self.last(torch.cat([relu(hidden), condition], 1))
        return torch.tanh(hidden)

    def _joined(self, hidden: Tensor, latent: Tensor, level: int) -> Tensor:
        """Return what the convolution of a level sees: the activations, and z where it enters."""
        if not self._takes_latent(level):
            return leaky_relu(hidden, 0.2)
        tiled = latent[:, :, None, None].expand(-1, -1, *hidden.shape[2:])
        if level == 0:
            return torch.cat([hidden, tiled], 1)
        if self._injection == "released":
            return leaky_relu(torch.cat([hidden, tiled], 1), 0.2)
        return torch.cat([leaky_relu(hidden, 0.2), tiled], 1)

    def _takes_latent(self, level: int) -> bool:
        return level == 0 or self._injection != "input"


def _doubling(inputs: int, outputs: int, sizes: UNetSizes, innermost: bool) -> nn.Module:
    if sizes.enlarge == "transposed":
        return nn.ConvTranspose2d(inputs, outputs, 4, 2, 1)
    return nn.Conv2d(inputs, outputs, 1) if innermost else nn.Conv2d(inputs, outputs, 3, padding=1)
