"""What a sample is, and conditions with their real outputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from benchbench.core.errors import BadSample, Unsupported

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class SampleSpace:
    """What one sample of a task is: `uint8[3, H, W]` RGB images or `float32[D]` points."""

    kind: Literal["images", "points"]
    shape: tuple[int, ...]

    @property
    def dtype(self) -> str:
        """The name of the torch dtype of a sample."""
        return "uint8" if self.kind == "images" else "float32"

    def check(self, samples: object, num_conditions: int, num_samples: int) -> Tensor:
        """Return `samples` if they are `[B, K, *shape]` of the right dtype and finite; raise `BadSample` if not."""
        import torch

        if not isinstance(samples, torch.Tensor):
            raise BadSample(f"sample() returned {type(samples).__name__}, expected a torch.Tensor")
        if samples.is_floating_point() and not bool(torch.isfinite(samples).all()):
            raise BadSample("sample() returned NaN or infinite values")
        if str(samples.dtype) != f"torch.{self.dtype}":
            hint = ": scale to 0..255, round, clamp and cast" if self.dtype == "uint8" else ""
            raise BadSample(f"sample() returned dtype {samples.dtype}, expected torch.{self.dtype}{hint}")
        expected = (num_conditions, num_samples, *self.shape)
        if tuple(samples.shape) != expected:
            raise BadSample(f"sample() returned shape {list(samples.shape)}, expected {list(expected)}")
        return samples


@dataclass(frozen=True)
class Example:
    """A condition with the real outputs that are known to be valid for it."""

    id: str
    """Unique within the task; names the noise streams and the folders of samples."""
    condition: Mapping[str, Tensor]
    """From modality to value; `{}` when unconditional.

    `"image"`: `uint8[C, h, w]`, RGB or one channel. `"mask"`: `uint8[1, h, w]`, 255 in the hole. `"label"`: `int64[]`.
    """
    references: Tensor
    """`[R, *space.shape]`, R >= 1: the valid real outputs at hand."""
    group: str = ""
    """Examples of one group are not independent (crops of one block of a photograph); empty: independent."""


@dataclass(frozen=True)
class Conditions:
    """A batch of B conditions: their ids and, for each modality, one stacked tensor `[B, …]` on the method's device."""

    ids: tuple[str, ...]
    values: Mapping[str, Tensor]

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, modality: str) -> Tensor:
        if modality not in self.values:
            known = ", ".join(sorted(self.values)) or "none"
            raise Unsupported(f"needs a condition of modality {modality!r}; the task gives {known}")
        return self.values[modality]
