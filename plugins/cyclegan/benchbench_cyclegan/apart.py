"""A paired training set with its pairing hidden: inputs and targets of a step are never of one pair."""

from __future__ import annotations

import torch
from benchbench.core import Task
from benchbench.core.noise import stream
from benchbench.training import TrainingSet
from torch import Tensor


class Apart:
    """Rows in two halves by a fixed permutation; a step takes inputs from one half and targets from the other.

    The halves change their parts with every step, so that all inputs and all targets are used. A task of kind
    `unpaired` has nothing to hide: both halves are all of its rows.
    """

    def __init__(self, data: TrainingSet, task: Task) -> None:
        self._data = data
        order = stream("cyclegan", "apart", task.name, task.version).permutation(len(data))
        half = len(data) // 2
        parts = (order, order) if task.kind == "unpaired" else (order[:half], order[half : 2 * half])
        self.halves = torch.from_numpy(parts[0].copy()), torch.from_numpy(parts[1].copy())
        """Rows of each half, `int64[n // 2]`; of an unpaired task, all rows twice."""

    def rows(self, index: int, number: int, random: torch.Generator) -> tuple[Tensor, Tensor]:
        """Return rows of the inputs and of the targets of the step with this index, `int64[number]` each."""
        picked = torch.randint(len(self.halves[0]), (2, number), generator=random)
        return self.halves[index % 2][picked[0]], self.halves[1 - index % 2][picked[1]]

    def batch(self, index: int, number: int, random: torch.Generator) -> tuple[Tensor, Tensor]:
        """Return inputs `float32[N, C, S, S]` and targets `float32[N, 3, S, S]`, in [-1, 1], of different pairs."""
        of_inputs, of_targets = self.rows(index, number, random)
        condition, _ = self._data.batch(of_inputs)
        _, targets = self._data.batch(of_targets)
        return condition["image"], targets
