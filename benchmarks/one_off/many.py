"""A task with as many conditions as one asks for, and a method whose cost is chosen, as a one-off plugin file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

import torch

import benchbench
from benchbench.core.noise import stream

REAL = int(os.environ.get("BENCHBENCH_MANY_REAL", "500"))
"""Examples for training, whose references are the real images."""
TESTS = int(os.environ.get("BENCHBENCH_MANY_TESTS", "5000"))
"""Conditions, whose references are embedded before the first run."""


class Mosaics(Sequence[benchbench.Example]):
    """Examples that are made when they are asked for: none of them stays in memory."""

    def __init__(self, split: str, number: int, side: int, condition_side: int) -> None:
        self._split, self._number, self._side, self._condition_side = split, number, side, condition_side

    def __len__(self) -> int:
        return self._number

    def __getitem__(self, index: int) -> benchbench.Example:
        if not 0 <= index < self._number:
            raise IndexError(index)
        drawn = torch.from_numpy(stream("many", self._split, index).integers(40, 216, size=(2, 3, 4, 4))).byte()
        given, true = (_enlarged(drawn[i], side) for i, side in enumerate((self._condition_side, self._side)))
        return benchbench.Example(f"e{index:06d}", {"image": given}, true[None])


def _enlarged(mosaic: torch.Tensor, side: int) -> torch.Tensor:
    return mosaic.repeat_interleave(side // 4, 1).repeat_interleave(side // 4, 2)


class Many(benchbench.Task):
    """Coarse random mosaics of 64 px."""

    name = "many"
    summary = "mosaics, as many as one asks for"
    kind = "translation"
    side = condition_side = 64
    protocol = benchbench.Protocol("many", 1, TESTS, 20, 10)
    metrics = ("energy-score[mini]", "energy-skill[mini]", "diversity[mini]", "frechet[mini]", "kernel[mini]")

    @property
    def space(self) -> benchbench.SampleSpace:
        """The images of this side."""
        return benchbench.SampleSpace("images", (3, self.side, self.side))

    def examples(self, split: str) -> Sequence[benchbench.Example]:
        """Return the examples of a split."""
        return Mosaics(split, {"train": REAL, "validation": 10, "test": TESTS}[split], self.side, self.condition_side)

    def real_pool(self) -> torch.Tensor:
        """Return the references of the training split."""
        return torch.cat([example.references for example in self.examples("train")])


class Many256(Many):
    """The same of 256 px."""

    name = "many-256"
    side = condition_side = 256


class ManySmall(Many):
    """To be enlarged four times, to 64 px."""

    name = "many-x4"
    kind = "super-resolution"
    condition_side = 16


class ManySmall256(ManySmall):
    """To be enlarged four times, to 256 px."""

    name = "many-256-x4"
    side, condition_side = 256, 64


@dataclass
class Busy(benchbench.Method):
    """Noise on the condition, after so many products of two matrices of 256 x 256 per condition."""

    name = "busy"
    products: int = 0

    def prepare(self, task: benchbench.Task, device: str, checkpoint: object) -> None:
        """Make the matrix."""
        self._matrix = torch.eye(256, device=device)

    def sample(self, conditions: benchbench.Conditions, num_samples: int, noise: benchbench.Noise) -> torch.Tensor:
        """Return `uint8[B, K, 3, H, W]`, of the side of the condition."""
        for _ in range(self.products * len(conditions)):
            self._matrix = self._matrix @ self._matrix
        image = conditions["image"][:, None].float()
        return (image + (noise.normal(*image.shape[2:]) * 20).round()).clamp(0, 255).byte()


@benchbench.hookimpl
def benchbench_tasks() -> list[type[benchbench.Task]]:
    """Register the task."""
    return [Many, Many256, ManySmall, ManySmall256]


@benchbench.hookimpl
def benchbench_methods() -> list[type[benchbench.Method]]:
    """Register the method."""
    return [Busy]
