"""The network behind the extractor `mini`: five convolutions in AlexNet's geometry, its taps laid out as one vector."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

CHANNELS = (24, 64, 128, 128, 128)
SMALLEST_SIDE = 32
TAPS = {0: 0.35, 1: 0.2, 4: 0.45}
"""The layers whose maps make the embedding, and their weights in the distance; they sum to 1."""
_POOLED_TAPS = (1, 4)
_MEAN = (0.485, 0.456, 0.406)
_STD = (0.229, 0.224, 0.225)


LAYERS = (
    (3, CHANNELS[0], 11, 4, 2),
    (CHANNELS[0], CHANNELS[1], 5, 1, 2),
    (CHANNELS[1], CHANNELS[2], 3, 1, 1),
    (CHANNELS[2], CHANNELS[3], 3, 1, 1),
    (CHANNELS[3], CHANNELS[4], 3, 1, 1),
)
"""The convolutions: channels in and out, kernel, stride, padding."""
POOLED_BEFORE = (1, 2)
"""The convolutions before which the maps are made smaller, by the maximum over 3 px, by 2."""


class MiniNetwork(nn.Module):
    """Five convolutions whose unit-normalised maps, weighted and flattened, make a perceptual embedding.

    The squared Euclidean distance of two embeddings is Σ_l w_l mean_hw Σ_c (f_lc(a) - f_lc(b))², LPIPS's form, with
    one weight w_l >= 0 per layer and Σ_l w_l = 1, so that a distance lies in [0, 2].
    """

    mean: Tensor
    std: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.convolutions = nn.ModuleList(
            nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=padding)
            for inputs, outputs, kernel, stride, padding in LAYERS
        )
        self.register_buffer("mean", torch.tensor(_MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(_STD).view(1, 3, 1, 1), persistent=False)

    @classmethod
    def load(cls, path: str | Path) -> MiniNetwork:
        """Return the network with the weights of a safetensors file, float32, in eval mode and without gradients."""
        from safetensors.torch import load_file

        network = cls()
        network.load_state_dict({name: value.float() for name, value in load_file(path).items()})
        network.eval().requires_grad_(False)
        return network

    def features(self, images: Tensor) -> list[Tensor]:
        """Return the five maps float32[B, C_l, H_l, W_l] after their ReLU, for images uint8[B, 3, H, W]."""
        if images.dtype != torch.uint8 or images.ndim != 4 or images.shape[1] != 3:
            raise ValueError(f"mini takes images uint8[B, 3, H, W]; given {images.dtype}{list(images.shape)}")
        if min(images.shape[2:]) < SMALLEST_SIDE:
            raise ValueError(
                f"mini takes images of {SMALLEST_SIDE} px or more per side; given {images.shape[2]} x"
                f" {images.shape[3]}: resize them first, or use the extractor `pixels`"
            )
        return self.maps(images.float() / 255)

    def maps(self, images: Tensor) -> list[Tensor]:
        """Return the five maps for images float32[B, 3, H, W] in [0, 1]; gradients pass through."""
        hidden = (images - self.mean) / self.std
        maps = []
        for index, convolution in enumerate(self.convolutions):
            if index in POOLED_BEFORE:
                hidden = functional.max_pool2d(hidden, 3, stride=2)
            hidden = functional.relu(convolution(hidden))
            maps.append(hidden)
        return maps

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return (embedding float32[B, D], pooled float32[B, 192]) of images uint8[B, 3, H, W], H and W >= 32.

        D grows with the image: 9688 at 64 px. `pooled` is the spatial mean of the second and the last map.
        """
        maps = self.features(images)
        pooled = [maps[index].mean((2, 3)) for index in _POOLED_TAPS]
        return self.embedding(maps), torch.cat(pooled, 1)

    def embedding(self, maps: Sequence[Tensor]) -> Tensor:
        """Return float32[B, D] of the five maps."""
        taps = []
        for layer, weight in TAPS.items():
            tap = maps[layer]
            norm = (tap.square().sum(1, keepdim=True) + 1e-8).sqrt()
            taps.append((tap / norm * (weight / (tap.shape[2] * tap.shape[3])) ** 0.5).flatten(1))
        return torch.cat(taps, 1)


@functools.lru_cache(maxsize=8)
def tap_shapes(shape: tuple[int, ...]) -> tuple[tuple[int, int, int], ...]:
    """Return (C, h, w) of each tapped map for images of this shape, by arithmetic."""
    _, height, width = shape
    found = []
    for index, (_, channels, kernel, stride, padding) in enumerate(LAYERS):
        if index in POOLED_BEFORE:
            height, width = ((side - 3) // 2 + 1 for side in (height, width))
        height, width = ((side + 2 * padding - kernel) // stride + 1 for side in (height, width))
        found.append((channels, height, width))
    return tuple(found[layer] for layer in TAPS)
