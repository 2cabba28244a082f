"""What an update is given: one flat mapping of tensors, so that it can be recorded once and replayed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from benchbench.training.method import TrainingSet
from torch import Tensor


class Draw:
    """The tensors of one step, drawn in order from one generator on the CPU."""

    def __init__(self, data: TrainingSet, random: torch.Generator) -> None:
        self.given: dict[str, Tensor] = {}
        """By name: `part.target`, `part.condition.image`, `part.noise.0`, …"""
        self._data, self._random = data, random

    def rows(self, number: int) -> Tensor:
        """Return rows of the training set, with repetition."""
        return torch.randint(len(self._data), (number,), generator=self._random)

    def add(self, part: str, rows: Tensor, noise_shapes: Sequence[tuple[int, ...]] = (), num_samples: int = 1) -> None:
        """Add the pairs of these rows to what the update is given, and noise for `num_samples` samples of each."""
        condition, target = self._data.batch(rows)
        self.given[f"{part}.target"] = target
        self.given |= {f"{part}.condition.{name}": value for name, value in condition.items()}
        for i, shape in enumerate(noise_shapes):
            noise = torch.randn((len(rows), num_samples, *shape), generator=self._random)
            self.given[f"{part}.noise.{i}"] = noise


def part_of(given: Mapping[str, Tensor], part: str) -> dict[str, Tensor]:
    """Return what was added under the name of the part, without that name."""
    return {name.removeprefix(f"{part}."): value for name, value in given.items() if name.startswith(f"{part}.")}


def condition_of(given: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the condition `[N, …]` by modality."""
    return part_of(given, "condition")


def noise_of(given: Mapping[str, Tensor]) -> list[Tensor]:
    """Return the noise, each `[N, K, *shape]`, in order."""
    noise = part_of(given, "noise")
    return [noise[str(i)] for i in range(len(noise))]
