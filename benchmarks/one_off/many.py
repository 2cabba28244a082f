"""A task with as many conditions as one asks for, and a method whose cost is chosen, as a one-off plugin file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

import benchbench
from benchbench.core.noise import stream


class Greys(Sequence[benchbench.Example]):
    """Examples that are made when they are asked for: none of them stays in memory."""

    def __init__(self, split: str, number: int) -> None:
        self._split, self._number = split, number

    def __len__(self) -> int:
        return self._number

    def __getitem__(self, index: int) -> benchbench.Example:
        if not 0 <= index < self._number:
            raise IndexError(index)
        drawn = torch.from_numpy(stream("many", self._split, index).integers(40, 216, size=(2, 3, 4, 4)))
        large = drawn.byte().repeat_interleave(16, 2).repeat_interleave(16, 3)
        return benchbench.Example(f"e{index:06d}", {"image": large[0]}, large[1:])


class Many(benchbench.Task):
    """Coarse random mosaics of 64 px."""

    name = "many"
    summary = "mosaics, as many as one asks for"
    kind = "translation"
    space = benchbench.SampleSpace("images", (3, 64, 64))
    protocol = benchbench.Protocol("many", 1, 5000, 20, 10)
    metrics = ("energy-score[mini]", "energy-skill[mini]", "diversity[mini]", "frechet[mini]", "kernel[mini]")

    def examples(self, split: str) -> Sequence[benchbench.Example]:
        """Return the examples of a split."""
        return Greys(split, {"train": 500, "validation": 10, "test": 5000}[split])

    def real_pool(self) -> torch.Tensor:
        """Return the references of the training split."""
        return torch.cat([example.references for example in self.examples("train")])


@dataclass
class Busy(benchbench.Method):
    """Noise on the condition, after so many products of two matrices of 256 x 256 per condition."""

    name = "busy"
    products: int = 0

    def prepare(self, task: benchbench.Task, device: str, checkpoint: object) -> None:
        """Make the matrix."""
        self._matrix = torch.eye(256, device=device)

    def sample(self, conditions: benchbench.Conditions, num_samples: int, noise: benchbench.Noise) -> torch.Tensor:
        """Return `uint8[B, K, 3, 64, 64]`."""
        for _ in range(self.products * len(conditions)):
            self._matrix = self._matrix @ self._matrix
        shade = (noise.normal(3, 64, 64) * 20).round()
        return (conditions["image"][:, None].float() + shade).clamp(0, 255).byte()


@benchbench.hookimpl
def benchbench_tasks() -> list[type[benchbench.Task]]:
    """Register the task."""
    return [Many]


@benchbench.hookimpl
def benchbench_methods() -> list[type[benchbench.Method]]:
    """Register the method."""
    return [Busy]
