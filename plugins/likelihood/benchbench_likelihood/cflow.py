"""The conditional flow: squeezed images through steps that see the condition (Lugmayr et al. 2020, SRFlow)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from benchbench.core import Task
from benchbench.training.forms import Given
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate, pixel_shuffle, pixel_unshuffle, silu

from benchbench_likelihood.layers import Block
from benchbench_likelihood.model import Model, some_plane
from benchbench_likelihood.normal import standard
from benchbench_likelihood.sizes import Size
from benchbench_likelihood.steps import Coupling, Mixing, Split


class Features(nn.Module):
    """What the steps see of a condition, for each level of the flow: down to the coarsest, and up again."""

    def __init__(self, planes: int, levels: int, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(4 * max(planes, 1), channels, 3, padding=1)
        self.down = nn.ModuleList(Block(channels, channels) for _ in range(levels))
        self.up = nn.ModuleList(Block(2 * channels, channels) for _ in range(levels))

    def forward(self, planes: Tensor) -> list[Tensor]:
        """Return `[N, channels, h, w]` of each level, the finest first, for planes `[N, P, H, W]`."""
        hidden = self.first(pixel_unshuffle(some_plane(planes), 2))
        skips = []
        for level, block in enumerate(self.down):
            hidden = block(avg_pool2d(hidden, 2) if level else hidden)
            skips.append(hidden)
        hidden = hidden + hidden.mean((2, 3), keepdim=True)
        found = []
        for number, block in enumerate(self.up):
            hidden = interpolate(hidden, scale_factor=2.0) if number else hidden
            hidden = block(torch.cat([hidden, skips.pop()], 1))
            found.append(silu(hidden))
        return found[::-1]


class FlowModel(Model):
    """Levels of steps; after each level but the last, half of the channels leave."""

    posterior_shapes: list[tuple[int, ...]]

    def __init__(self, task: Task, size: Size, temperature: float) -> None:
        super().__init__(task)
        self._temperature, side = temperature, task.space.shape[1]
        self.features = Features(self.form.planes, size.levels, size.channels)
        self.mixings, self.couplings, self.splits = nn.ModuleList(), nn.ModuleList(), nn.ModuleList()
        self.noise_shapes, self.posterior_shapes = [], []
        channels = 3
        for level in range(size.levels):
            channels, side = 4 * channels, side // 2
            made = [(Mixing(channels), Coupling(channels, size.channels, size.hidden)) for _ in range(size.flow_steps)]
            self.mixings.append(nn.ModuleList(mixing for mixing, _ in made))
            self.couplings.append(nn.ModuleList(coupling for _, coupling in made))
            if level < size.levels - 1:
                self.splits.append(Split(channels, size.channels, size.hidden))
                self.noise_shapes.append((channels - channels // 2, side, side))
                channels //= 2
        self.noise_shapes.append((channels, side, side))

    def draw(self, given: Given, noise: Sequence[Tensor]) -> Tensor:
        """Return what the flow's inverse makes of noise, times the temperature."""
        return self.inverse(given.planes, [self._temperature * each for each in noise])

    def log_parts(self, given: Given, residual: Tensor, noise: Sequence[Tensor]) -> Mapping[str, Tensor]:
        """Return the exact log density."""
        del noise
        latent, found = self.encode(given.planes, residual)
        return {"likelihood": found + standard(latent).log_density(latent)}

    def encode(self, planes: Tensor, residual: Tensor) -> tuple[Tensor, Tensor]:
        """Return the last level's latent, and all but its own of the log density `[N]`."""
        features, hidden = self.features(planes), residual
        found = residual.new_zeros(len(residual))
        for level, seen in enumerate(features):
            hidden = pixel_unshuffle(hidden, 2)
            for mixing, coupling in zip(self.mixings[level], self.couplings[level], strict=True):
                hidden, same = mixing(hidden)
                hidden, own = coupling(hidden, seen)
                found = found + same + own
            if level < len(self.splits):
                hidden, left = self.splits[level](hidden, seen)
                found = found + left
        return hidden, found

    def inverse(self, planes: Tensor, noise: Sequence[Tensor]) -> Tensor:
        """Return the residual `[N, 3, H, W]` of noise `[N, *shape]` of each level."""
        features, hidden = self.features(planes), noise[-1]
        for level in reversed(range(len(features))):
            if level < len(self.splits):
                hidden = self.splits[level].inverse(hidden, features[level], noise[level])
            for mixing, coupling in zip(reversed(self.mixings[level]), reversed(self.couplings[level]), strict=True):
                hidden = mixing.inverse(coupling.inverse(hidden, features[level]))
            hidden = pixel_shuffle(hidden, 2)
        return hidden.contiguous()
