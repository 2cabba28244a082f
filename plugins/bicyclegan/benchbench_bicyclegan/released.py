"""The authors' released weights as weights of these networks, for a user who has them: paper's size, z as released.

In their files a level of the U-Net lies inside the level above it (`model.submodule…`), and the decoder's part
of a joined map stands before the skip; here the skip stands first.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from benchbench.core import BenchbenchError
from torch import Tensor

BLOCK = {"conv.2": "layers.2", "conv.5.0": "layers.5", "shortcut.1": "shortcut"}
"""The convolutions of a residual block of the encoder: their name there, and here."""


def converted(generator: Mapping[str, Tensor], encoder: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the weights of `Networks` from the state dicts of the authors' `G_Unet_add_all` and `E_ResNet`.

    They fit methods with `size=paper,injection=released` (`encoder=resnet`), where dropout and norms have no weights.
    Raise `BenchbenchError` where a weight is missing or left over.
    """
    taken: dict[str, Tensor] = {}
    left = {f"generator/{name}": tensor for name, tensor in generator.items()}
    left |= {f"encoder/{name}": tensor for name, tensor in encoder.items()}

    def take(here: str, there: str, swapped: bool = False) -> None:
        for part in ("weight", "bias"):
            try:
                tensor = left.pop(f"{there}.{part}")
            except KeyError:
                raise BenchbenchError(
                    f"the released weights have no {there}.{part}: give those of the resnet encoder"
                    " and of z at all layers"
                ) from None
            if swapped and part == "weight":  # [inputs, outputs, 4, 4] of a transposed convolution
                tensor = torch.cat(tensor.chunk(2)[::-1])
            taken[f"{here}.{part}"] = tensor

    levels = sum(name.endswith(".weight") and ".down." in name for name in generator)
    for level in range(levels):
        path = "generator/model" + ".submodule" * level
        take(f"generator.down.{level}", f"{path}.down.{1 if level else 0}")
        take(f"generator.up.{levels - 1 - level}", f"{path}.up.1", swapped=level < levels - 1)
    take("encoder.body.0", "encoder/conv.0")
    blocks = sum(name.endswith("shortcut.1.weight") for name in encoder)
    for block in range(1, blocks + 1):
        for there, here in BLOCK.items():
            take(f"encoder.body.{block}.{here}", f"encoder/conv.{block}.{there}")
    take("encoder.mean", "encoder/fc.0")
    take("encoder.log_variance", "encoder/fcVar.0")
    if left:
        raise BenchbenchError(f"the released weights have {sorted(left)[0]}, which these networks do not")
    return taken
