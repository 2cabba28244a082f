"""`ring8`: points in the plane from eight Gaussians on a circle, the classic picture of mode collapse."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from benchbench.core import Example, ModeTask, SampleSpace, Task
from benchbench.hookspecs import hookimpl
from benchbench.noise import Noise, stream

if TYPE_CHECKING:
    from torch import Tensor

MODES = 8
RADIUS = 1.0
STD = 0.02
REFERENCES = 20


def centres() -> np.ndarray:
    """Return `float64[8, 2]`: the centres at angles 2πk/8, k = 0..7."""
    angle = 2 * np.pi * np.arange(MODES) / MODES
    return RADIUS * np.stack([np.cos(angle), np.sin(angle)], 1)


class Ring8(ModeTask):
    """Unconditional, so the 300 conditions are all empty; a true sample is within 3 std with 1 - e^-4.5 = 98.89 %.

    It ranks by the energy score, not by a Fréchet distance: one wide Gaussian has the ring's mean and covariance.
    """

    name = "ring8"
    version = 1
    summary = "2-D points of eight Gaussians on a circle (radius 1, std 0.02), unconditional"
    kind = "points"
    space = SampleSpace("points", (2,))
    num_modes = MODES
    metrics = (
        "energy-score[pixels]",
        "modes-covered",
        "high-quality",
        "law-kl",
        "law-distance",
        "mode-coverage",
        "relative-std",
        "frechet[pixels]",
    )

    def examples(self, split: Literal["train", "validation", "test"]) -> Sequence[Example]:
        """Return 4000 training points, 400 for validation, or 300 empty conditions with 20 references each."""
        return _examples(split)

    def real_pool(self) -> Tensor:
        """Return the 4000 training points."""
        import torch

        return torch.cat([example.references for example in self.examples("train")])

    def draw(self, ids: Sequence[str], num_samples: int, noise: Noise) -> Tensor:
        """Draw fresh points of the law."""
        import torch

        mode, normal = noise.integers(MODES).cpu(), noise.normal(2).cpu()
        return torch.from_numpy(centres())[mode].float() + STD * normal

    def mode_probabilities(self, id: str) -> Tensor:
        """Return eight times one eighth."""
        import torch

        return torch.full((MODES,), 1 / MODES, dtype=torch.float64)

    def assign_modes(self, id: str, samples: Tensor) -> Tensor:
        """Return the nearest centre, or -1 where it is further than three standard deviations away."""
        import torch

        distance = torch.cdist(samples.double(), torch.from_numpy(centres()))
        nearest = distance.min(1)
        return torch.where(nearest.values < 3 * STD, nearest.indices, -1)


@functools.lru_cache(maxsize=3)
def _examples(split: str) -> tuple[Example, ...]:
    import torch

    number = {"train": 4000, "validation": 400, "test": 300}[split]
    references = REFERENCES if split == "test" else 1
    law = stream("ring8", 1, split)
    points = centres()[law.integers(MODES, size=(number, references))]
    points = torch.from_numpy(points + STD * law.standard_normal(points.shape)).float()
    return tuple(Example(f"{i:04d}", {}, points[i]) for i in range(number))


@hookimpl
def benchbench_tasks() -> Iterable[type[Task]]:
    """Register the task."""
    return (Ring8,)
