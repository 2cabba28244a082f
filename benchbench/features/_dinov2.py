"""The vision transformer behind the extractor `dinov2` (Oquab et al., TMLR 2024), in torch-fidelity's resize."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch_fidelity.feature_extractor_base import FeatureExtractorBase
from torch_fidelity.feature_extractor_dinov2 import FeatureExtractorDinoV2

PATCH, HEAD = 14, 64
"""The side of a patch in pixels, and the width of an attention head."""
EPSILON = 1e-6
OFFSET = 0.1
"""Added to the number of patches per side, as in the published models, where positions are interpolated."""


class Transformer(nn.Module):
    """A pre-norm vision transformer with scaled residual branches; its sizes are those of the tensors it is given."""

    def __init__(self, state: Mapping[str, Tensor]) -> None:
        super().__init__()
        self.tensors = nn.ParameterDict(
            {name.replace(".", "/"): nn.Parameter(value.float(), False) for name, value in state.items()}
        )
        self.depth = len({name.split(".")[1] for name in state if name.startswith("blocks.")})
        self.width = state["cls_token"].shape[-1]
        self._last()

    def _last(self) -> None:
        """Read every tensor that is needed, so that a missing one is found at once."""
        self(torch.zeros((1, 3, PATCH, PATCH)))

    def __getitem__(self, name: str) -> Tensor:
        found: Tensor = self.tensors[name.replace(".", "/")]
        return found

    def forward(self, images: Tensor) -> Tensor:
        """Return the class token `float32[B, D]` after the last norm, of normalised images `float32[B, 3, H, W]`."""
        maps = functional.conv2d(images, self["patch_embed.proj.weight"], self["patch_embed.proj.bias"], stride=PATCH)
        tokens = maps.flatten(2).mT
        tokens = torch.cat([self["cls_token"].expand(len(images), -1, -1), tokens], 1)
        tokens = tokens + self.positions(maps.shape[2], maps.shape[3])
        for number in range(self.depth):
            block = f"blocks.{number}"
            tokens = tokens + self[f"{block}.ls1.gamma"] * self.attention(block, self.norm(f"{block}.norm1", tokens))
            tokens = tokens + self[f"{block}.ls2.gamma"] * self.perceptron(block, self.norm(f"{block}.norm2", tokens))
        return self.norm("norm", tokens)[:, 0]

    def positions(self, height: int, width: int) -> Tensor:
        """Return the positions `float32[1, 1 + h w, D]` of the class and of h x w patches (bicubic)."""
        known = self["pos_embed"]
        side = round((known.shape[1] - 1) ** 0.5)
        if (height, width) == (side, side):
            return known
        grid = known[:, 1:].reshape(1, side, side, -1).permute(0, 3, 1, 2)
        scale = ((height + OFFSET) / side, (width + OFFSET) / side)
        found = functional.interpolate(grid, scale_factor=scale, mode="bicubic")
        return torch.cat([known[:, :1], found.flatten(2).mT], 1)

    def norm(self, name: str, tokens: Tensor) -> Tensor:
        """Return the tokens after a layer norm."""
        return functional.layer_norm(tokens, (self.width,), self[f"{name}.weight"], self[f"{name}.bias"], EPSILON)

    def attention(self, block: str, tokens: Tensor) -> Tensor:
        """Return the self-attention of tokens `[B, N, D]`."""
        batch, number, width = tokens.shape
        joined = functional.linear(tokens, self[f"{block}.attn.qkv.weight"], self[f"{block}.attn.qkv.bias"])
        query, key, value = joined.reshape(batch, number, 3, width // HEAD, HEAD).permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(query, key, value)
        rows = mixed.transpose(1, 2).reshape(batch, number, width)
        return functional.linear(rows, self[f"{block}.attn.proj.weight"], self[f"{block}.attn.proj.bias"])

    def perceptron(self, block: str, tokens: Tensor) -> Tensor:
        """Return the two-layer perceptron of each token."""
        hidden = functional.gelu(
            functional.linear(tokens, self[f"{block}.mlp.fc1.weight"], self[f"{block}.mlp.fc1.bias"])
        )
        return functional.linear(hidden, self[f"{block}.mlp.fc2.weight"], self[f"{block}.mlp.fc2.bias"])


class Resized(FeatureExtractorDinoV2):
    """torch-fidelity's extractor, that is its resize to 224 px and its normalisation, around a given network.

    Its own constructor fetches the network's code and weights from the internet.
    """

    def __init__(self, network: nn.Module) -> None:
        FeatureExtractorBase.__init__(self, "dinov2-vit-l-14", ["dinov2"])
        self.feature_extractor_internal_dtype = torch.float32
        self.model = network
        self.requires_grad_(False)
        self.eval()
