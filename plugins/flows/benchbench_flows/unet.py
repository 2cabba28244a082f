"""The U-Net of all image methods: noisy image, time and condition to a velocity."""

from __future__ import annotations

from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.functional import pixel_shuffle, pixel_unshuffle, silu

from benchbench_flows.layers import GROUPS, Attention, Block, Grow, Shrink, TimeFeatures, zeroed
from benchbench_flows.sizes import Size


class UNet(nn.Module):
    """Patches of pixels are its pixels (pixel-unshuffle); down by means, up by nearest neighbours, joined by skips."""

    def __init__(self, planes: int, patch: int, size: Size, keeps_places: bool = False) -> None:
        """Make the network for conditions of so many planes; `patch` is the side of a patch in pixels.

        With `keeps_places` four neighbours go down as four times the channels, mixed, and up in the same way: where
        all images have the same thing in the same place, a mean would lose which of them was where.
        """
        super().__init__()
        self._patch = patch
        channels = [size.channels * multiple for multiple in size.multiples]
        self.time = TimeFeatures()
        self.first = nn.Conv2d((3 + planes) * patch**2, channels[0], 3, padding=1)
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        inputs, skips = channels[0], []
        for outputs in channels:
            for _ in range(size.blocks):
                self.down.append(Block(inputs, outputs))
                inputs = outputs
                skips.append(inputs)
        self.middle = nn.ModuleList([Block(inputs, inputs), Attention(inputs), Block(inputs, inputs)])
        for outputs in reversed(channels):
            for _ in range(size.blocks):
                self.up.append(Block(inputs + skips.pop(), outputs))
                inputs = outputs
        steps = list(pairwise(channels))
        self.shrink = nn.ModuleList(Shrink(one) if keeps_places else nn.AvgPool2d(2) for one, _ in steps)
        self.grow = nn.ModuleList(Grow(one) if keeps_places else nn.Upsample(scale_factor=2) for _, one in steps[::-1])
        self.norm = nn.GroupNorm(GROUPS, inputs)
        self.last = zeroed(nn.Conv2d(inputs, 3 * patch**2, 3, padding=1))
        self._blocks = size.blocks
        self.to(memory_format=torch.channels_last)  # a third less time on a CPU, in float32 too

    def forward(self, noisy: Tensor, angle: Tensor, planes: Tensor) -> Tensor:
        """Return `float32[N, 3, H, W]` for noisy images of that shape, angles `[N]` and planes `[N, P, H, W]`."""
        time = self.time(angle)
        joined = pixel_unshuffle(torch.cat([noisy, planes], 1), self._patch)
        hidden = self.first(joined.contiguous(memory_format=torch.channels_last))
        skips = []
        for number, block in enumerate(self.down):
            if number and number % self._blocks == 0:
                hidden = self.shrink[number // self._blocks - 1](hidden)
            hidden = block(hidden, time)
            skips.append(hidden)
        first, attention, second = self.middle
        hidden = second(attention(first(hidden, time)), time)
        for number, block in enumerate(self.up):
            if number and number % self._blocks == 0:
                hidden = self.grow[number // self._blocks - 1](hidden)
            hidden = block(torch.cat([hidden, skips.pop()], 1), time)
        return cast(Tensor, pixel_shuffle(self.last(silu(self.norm(hidden))), self._patch).contiguous().float())
