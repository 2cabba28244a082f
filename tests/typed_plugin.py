"""A plugin as its author types it; mypy reads this file, pytest does not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import benchbench

if TYPE_CHECKING:
    from torch import Tensor


@dataclass
class Grey(benchbench.Method):
    """One grey for all."""

    name = "grey"
    level: int = 128

    def prepare(self, task: benchbench.Task, device: str, checkpoint: Path | None) -> None:
        """Remember the size."""
        if task.space.kind != "images":
            raise benchbench.Unsupported("makes images")
        self.shape = task.space.shape

    def sample(self, conditions: benchbench.Conditions, num_samples: int, noise: benchbench.Noise) -> Tensor:
        """Return grey images with a little noise."""
        level = noise.integers(3, *self.shape) + self.level
        assert level.shape[:2] == (len(conditions), num_samples)
        return level.byte()


@benchbench.hookimpl
def benchbench_methods() -> Iterable[type[benchbench.Method]]:
    """Register the method."""
    return (Grey,)
