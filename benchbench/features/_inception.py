"""Inception v3 as FID uses it: torch-fidelity's blocks, arranged to run as fast as its convolutions.

Each batch normalisation is folded into its convolution, blocks after the layer asked for do not run, and images go
through in small batches. torch-fidelity's own module is not made, because it unpickles whatever its file holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval
from torch_fidelity.feature_extractor_inceptionv3 import (
    BasicConv2d,
    InceptionA,
    InceptionB,
    InceptionC,
    InceptionD,
    InceptionE_1,
    InceptionE_2,
)

LAYERS = {
    "64": "MaxPool_1",
    "192": "MaxPool_2",
    "768": "Mixed_6e",
    "2048": "AvgPool",
    "logits": "fc",
    "logits_unbiased": "fc",
}
"""torch-fidelity's name of each layer of features, and the block that gives it."""
SIDE = 299
BATCH = 20
STEM_BATCH = 2
"""Keeps the stem's tensors below 32 MiB: malloc maps larger ones again at each use, which costs a tenth of the time."""


def blocks() -> dict[str, nn.Module]:
    """Return torch-fidelity's blocks in their order, with random weights, under the names that its files use."""
    return {
        "Conv2d_1a_3x3": BasicConv2d(3, 32, kernel_size=3, stride=2),
        "Conv2d_2a_3x3": BasicConv2d(32, 32, kernel_size=3),
        "Conv2d_2b_3x3": BasicConv2d(32, 64, kernel_size=3, padding=1),
        "MaxPool_1": nn.MaxPool2d(kernel_size=3, stride=2),
        "Conv2d_3b_1x1": BasicConv2d(64, 80, kernel_size=1),
        "Conv2d_4a_3x3": BasicConv2d(80, 192, kernel_size=3),
        "MaxPool_2": nn.MaxPool2d(kernel_size=3, stride=2),
        "Mixed_5b": InceptionA(192, pool_features=32),
        "Mixed_5c": InceptionA(256, pool_features=64),
        "Mixed_5d": InceptionA(288, pool_features=64),
        "Mixed_6a": InceptionB(288),
        "Mixed_6b": InceptionC(768, channels_7x7=128),
        "Mixed_6c": InceptionC(768, channels_7x7=160),
        "Mixed_6d": InceptionC(768, channels_7x7=160),
        "Mixed_6e": InceptionC(768, channels_7x7=192),
        "Mixed_7a": InceptionD(768),
        "Mixed_7b": InceptionE_1(1280),
        "Mixed_7c": InceptionE_2(2048),
        "AvgPool": nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()),
        "fc": nn.Linear(2048, 1008),
    }


class InceptionNetwork(nn.ModuleDict):
    """torch-fidelity's `inception-v3-compat` of the tensors in `state`; `RuntimeError` if they are not its own."""

    def __init__(self, state: Mapping[str, Tensor]) -> None:
        super().__init__(blocks())
        self.load_state_dict(state)
        self.eval().requires_grad_(False)
        for block in self.modules():
            if isinstance(block, BasicConv2d):
                block.conv = fuse_conv_bn_eval(block.conv.double(), block.bn.double()).float()
                block.bn = nn.Identity()
        self.to(memory_format=torch.channels_last)

    def forward(self, images: Tensor, layer: str = "2048") -> Tensor:
        """Return `float32[N, d]`, the features of a layer (a key of `LAYERS`), for images `uint8[N, 3, H, W]`."""
        if images.dtype != torch.uint8:
            raise TypeError(
                f"Inception takes uint8 images in 0..255, got {images.dtype}: a float range would be a guess"
            )
        names = list(self)[: list(self).index(LAYERS[layer]) + 1]
        stem, rest = names[:7], names[7:]
        features = []
        for batch in images.split(BATCH):
            parts = batch.split(STEM_BATCH) if batch.device.type == "cpu" else (batch,)
            x = torch.cat([self._run(stem, resize(part).sub_(128).div_(128)) for part in parts])
            x = self._run(rest, x)
            features.append(x.mean((2, 3)) if x.ndim == 4 else x)
        found = torch.cat(features)
        if layer == "logits_unbiased":
            last = self["fc"]
            assert isinstance(last, nn.Linear)
            found = found - last.bias
        return found

    def _run(self, names: Sequence[str], x: Tensor) -> Tensor:
        for name in names:
            x = self[name](x)
        return x


def resize(images: Tensor) -> Tensor:
    """Return `float32[N, 3, 299, 299]`: bilinear as TensorFlow 1 had it, to the bit as torch-fidelity on the CPU.

    It goes along the rows of the small image first, then along the columns, which takes an eighth of the time.
    """
    x = images.float().contiguous(memory_format=torch.channels_last)
    for dim in (3, 2):
        size = x.shape[dim]
        at = torch.arange(SIDE, device=x.device) * torch.tensor(size / SIDE, dtype=torch.float32)
        low = at.long()
        weight = (at - low).reshape((-1, 1) if dim == 2 else (-1,))
        start = x.index_select(dim, low)
        x = x.index_select(dim, (low + 1).clamp_max(size - 1)).sub_(start).mul_(weight).add_(start)
    return x
