"""How each pairing draws the pairs of a condition's samples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchbench.core import Protocol, Task
from benchbench.core.noise import stream

if TYPE_CHECKING:
    from torch import Tensor


def pairs(protocol: Protocol, task: Task, seed: int, id: str) -> Tensor:
    """Return `int64[P, 2]`: the protocol's pairs of indices of one condition's samples, from the condition's stream.

    *disjoint*: without replacement, so that 10 pairs of 20 samples use each once; more pairs than K // 2 go on with
    further permutations. *consecutive*: (0, 1), (1, 2), … *random*: two different samples, drawn again for each pair.
    *all*: every i < j.
    """
    import torch

    generator = stream(task.name, task.version, seed, id, "pairs")
    k, wanted = protocol.samples_per_condition, protocol.pairs_per_condition
    if k < 2:
        found = np.zeros((0, 2), dtype=np.int64)
    elif protocol.pairing == "consecutive":
        found = np.stack([np.arange(k - 1), np.arange(1, k)], 1)
    elif protocol.pairing == "all":
        found = np.stack(np.triu_indices(k, 1), 1)
    elif protocol.pairing == "random":
        first, step = generator.integers(k, size=wanted), generator.integers(1, k, size=wanted)
        found = np.stack([first, (first + step) % k], 1)
    else:
        rounds = -(-wanted // (k // 2))
        drawn = [generator.permutation(k)[: 2 * (k // 2)].reshape(-1, 2) for _ in range(rounds)]
        found = np.concatenate(drawn)[:wanted]
    return torch.from_numpy(found)
