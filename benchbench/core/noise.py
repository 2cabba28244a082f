"""Random streams, one for each (condition, sample), so that no number depends on batch, order, device or history."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import torch
    from torch import Tensor


__all__ = ["Noise", "stream"]


def stream(*key: str | int) -> np.random.Generator:
    """Return the counter-based generator (Philox) whose 128-bit key is a hash of `key`; equal keys, equal draws."""
    import numpy as np

    digest = hashlib.blake2b(json.dumps(key).encode(), digest_size=16).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest, "little")))


class Noise:
    """The noise of B conditions times K samples; successive draws go on where the last one ended.

    Each sample's stream is keyed by (task, task version, seed, example id, sample index) and drawn on the CPU.
    """

    def __init__(self, keys: Sequence[Sequence[tuple[str | int, ...]]], device: str = "cpu") -> None:
        self._keys = keys
        self._streams = [[stream(*key) for key in row] for row in keys]
        self._device = device

    @classmethod
    def for_samples(
        cls,
        task: tuple[str, int],
        seed: int,
        ids: Sequence[str],
        num_samples: int,
        device: str = "cpu",
        first: int = 0,
    ) -> Noise:
        """Return the noise of samples first..first+K-1 of the given examples of the task `(name, version)`."""
        return cls([[(*task, seed, id, first + k) for k in range(num_samples)] for id in ids], device)

    def condition(self, index: int) -> Noise:
        """Return the noise of one condition of the batch (B = 1); it shares the streams, so draws continue."""
        part = object.__new__(Noise)
        part._keys, part._streams, part._device = [self._keys[index]], [self._streams[index]], self._device
        return part

    def normal(self, *shape: int) -> Tensor:
        """Return standard normal `float32[B, K, *shape]`."""
        return self._draw(lambda g: g.standard_normal(shape, dtype="float32"))

    def uniform(self, *shape: int) -> Tensor:
        """Return uniform `float32[B, K, *shape]` in [0, 1)."""
        return self._draw(lambda g: g.random(shape, dtype="float32"))

    def integers(self, high: int, *shape: int) -> Tensor:
        """Return uniform `int64[B, K, *shape]` in 0..high-1."""
        return self._draw(lambda g: g.integers(high, size=shape))

    def generator(self) -> torch.Generator:
        """Return a `torch.Generator` on the device for code that insists on one; it belongs to the whole batch.

        A method that calls this sets `uses_batch_generator = True`.
        """
        import torch

        digest = hashlib.blake2b(json.dumps(self._keys).encode(), digest_size=8).digest()
        return torch.Generator(self._device).manual_seed(int.from_bytes(digest, "little") >> 1)

    def _draw(self, draw: Callable[[np.random.Generator], object]) -> Tensor:
        import numpy as np
        import torch

        drawn = np.stack([np.stack([np.asarray(draw(g)) for g in row]) for row in self._streams])
        return torch.from_numpy(drawn).to(self._device)
