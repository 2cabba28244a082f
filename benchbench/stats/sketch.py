"""A short image of an embedding in which Euclidean distances live on, so that whole runs of them fit in memory."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from benchbench.core.noise import stream

if TYPE_CHECKING:
    from torch import Tensor

SIZE = 1024


def sketch(embedding: Tensor) -> Tensor:
    """Return `float32[N, min(D, 1024)]` of embeddings `[N, D]`; up to 1024 dimensions stay as they are.

    A count sketch (Charikar, Chen & Farach-Colton 2002) with buckets of equal size: every value gets a fixed random
    sign and is added to one of 1024 sums. Squared distances are unbiased, their relative standard deviation is at most
    √(2/1024) = 4.4 %; equal embeddings stay equal.
    """
    import torch

    n, d = embedding.shape
    if d <= SIZE:
        return embedding
    order, signs = _plan(d, str(embedding.device))
    signed = embedding[:, order] * signs
    return torch.nn.functional.pad(signed, (0, -d % SIZE)).reshape(n, -1, SIZE).sum(1)


@functools.lru_cache(maxsize=8)
def _plan(d: int, device: str) -> tuple[Tensor, Tensor]:
    import torch

    generator = stream("sketch", d)
    order = torch.from_numpy(generator.permutation(d)).to(device)
    signs = torch.from_numpy(generator.choice([-1.0, 1.0], d)).float().to(device)
    return order, signs
