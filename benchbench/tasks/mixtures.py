"""`ring8`, `grid25`: points in the plane from equal Gaussians far apart, the classic pictures of mode collapse."""

from __future__ import annotations

import functools
from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from benchbench.core import Example, ModeTask, SampleSpace, Task
from benchbench.core.noise import Noise, stream
from benchbench.hookspecs import hookimpl
from benchbench.tasks._toys import num_examples, num_references

if TYPE_CHECKING:
    from torch import Tensor


class Mixture(ModeTask):
    """Unconditional, so the 300 conditions are all empty; a true sample is within 3 std with 1 - e^-4.5 = 98.89 %.

    The distance between the frequencies of the modes and their law ranks. A Fréchet distance would not do: one wide
    Gaussian has the mixture's mean and covariance. Nor would the energy score, which is lenient with noise.
    """

    kind = "points"
    has_draws = True
    space = SampleSpace("points", (2,))
    metrics: ClassVar[tuple[str, ...]] = (
        "law-distance",
        "energy-score[pixels]",
        "modes-covered",
        "high-quality",
        "law-kl",
        "mode-coverage",
        "relative-std",
        "frechet[pixels]",
    )
    std: ClassVar[float]
    """The standard deviation of every Gaussian, along both axes."""

    @classmethod
    @abstractmethod
    def centres(cls) -> np.ndarray:
        """Return `float64[M, 2]`: the centres of the M = `num_modes` Gaussians."""

    @functools.cached_property
    def _centres(self) -> Tensor:
        """The centres as a tensor, made once: samples are assigned to them condition by condition."""
        import torch

        return torch.from_numpy(self.centres())

    def examples(self, split: Literal["train", "validation", "test"]) -> Sequence[Example]:
        """Return 4000 training points, 400 for validation, or 300 empty conditions with 20 references each."""
        return _examples(type(self), self.split_key(split))

    def real_pool(self) -> Tensor:
        """Return the 4000 training points; with another draw as the test, as many new ones that nobody trained on."""
        import torch

        key = f"train {self.test_draw}" if self.test_draw else "train"
        return torch.cat([example.references for example in _examples(type(self), key)])

    def draw(self, ids: Sequence[str], num_samples: int, noise: Noise) -> Tensor:
        """Draw fresh points of the law."""
        mode, normal = noise.integers(self.num_modes).cpu(), noise.normal(2).cpu()
        return self._centres[mode].float() + self.std * normal

    def mode_probabilities(self, id: str) -> Tensor:
        """Return the same probability for each of the modes."""
        import torch

        return torch.full((self.num_modes,), 1 / self.num_modes, dtype=torch.float64)

    def assign_modes(self, id: str, samples: Tensor) -> Tensor:
        """Return the nearest centre, or -1 where it is further than three standard deviations away."""
        import torch

        nearest = torch.cdist(samples.double(), self._centres).min(1)
        return torch.where(nearest.values < 3 * self.std, nearest.indices, -1)


class Ring8(Mixture):
    """Eight Gaussians on the unit circle."""

    name = "ring8"
    version = 1
    summary = "2-D points of eight Gaussians on a circle (radius 1, std 0.02), unconditional"
    num_modes = 8
    choices = (
        "It ranks by law-distance. Until edition 6 of its board it ranked by the energy score, which puts white noise"
        " (0.659) before the truth with a quarter of its samples collapsed (0.667).",
        "law-distance does not see how points lie within three standard deviations of a centre.",
    )
    std = 0.02

    @classmethod
    def centres(cls) -> np.ndarray:
        """Return `float64[8, 2]`: the centres at angles 2πk/8, k = 0..7."""
        angle = 2 * np.pi * np.arange(cls.num_modes) / cls.num_modes
        return np.stack([np.cos(angle), np.sin(angle)], 1)


class Grid25(Mixture):
    """Five by five Gaussians at {-4, -2, 0, 2, 4}², std 0.05, all divided by 2.828.

    The scale is that of the code of WGAN-GP (Gulrajani et al., NeurIPS 2017); it gives the mixture a variance of 1. So
    white noise fills the same square, and its energy score is worse by 1 % only, which 300 x 20 points hardly show: the
    distance between the frequencies of the modes and their law ranks.
    """

    name = "grid25"
    version = 1
    summary = "2-D points of 5 x 5 Gaussians on a grid (step 0.707, std 0.0177), unconditional"
    num_modes = 25
    choices = (
        "It ranks by law-distance, not by the energy score, which hardly distinguishes white noise from the truth here;"
        " law-distance does not see how points lie within three standard deviations of a centre.",
    )
    std = 0.05 / 2.828

    @classmethod
    def centres(cls) -> np.ndarray:
        """Return `float64[25, 2]`: the centres, row by row from the lower left."""
        y, x = np.mgrid[-4:5:2, -4:5:2]
        return np.stack([x.ravel(), y.ravel()], 1) / 2.828


@functools.lru_cache(maxsize=6)
def _examples(task: type[Mixture], key: str) -> tuple[Example, ...]:
    import torch

    law = stream(task.name, task.version, key)
    size = (num_examples(key), num_references(key))
    centres = task.centres()[law.integers(task.num_modes, size=size)]
    points = torch.from_numpy(centres + task.std * law.standard_normal(centres.shape)).float()
    return tuple(Example(f"{i:04d}", {}, points[i]) for i in range(len(points)))


@hookimpl
def benchbench_tasks() -> Iterable[type[Task]]:
    """Register the tasks."""
    return (Ring8, Grid25)
