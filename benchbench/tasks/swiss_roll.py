"""`swiss-roll`: points in the plane along a spiral, with the figures of WGAN-GP's code (Gulrajani et al. 2017)."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from benchbench.core import Example, ModeTask, SampleSpace, Task
from benchbench.core.noise import Noise, stream
from benchbench.hookspecs import hookimpl
from benchbench.tasks._toys import num_examples, num_references

if TYPE_CHECKING:
    from torch import Tensor

SCALE = 7.5
STD = 0.25 / SCALE
START, TURNS = 1.5 * np.pi, 3.0 * np.pi
"""The angle along the spiral goes from START by TURNS, in radians; the radius is the angle, over SCALE."""
KNOTS = 4096
"""Points of the curve that the nearest one is looked for among."""


def curve(share: np.ndarray) -> np.ndarray:
    """Return `float64[…, 2]`: the points of the curve, t (cos t, sin t) / 7.5, at shares 0 to 1 of the angle."""
    angle = START + TURNS * share
    return np.stack([angle * np.cos(angle), angle * np.sin(angle)], -1) / SCALE


class SwissRoll(ModeTask):
    """One connected curve, so unconditional generators that drop a part of it, or blur it, are seen without any gap.

    The angle is uniform, and a normal error is added. A mode is one of 20 pieces of the curve of the same mass.
    """

    name = "swiss-roll"
    version = 1
    summary = "2-D points of a swiss roll (spiral of 1.5 turns, std 0.033), unconditional"
    kind = "points"
    space = SampleSpace("points", (2,))
    num_modes = 20
    has_draws = True
    metrics = (
        "law-distance",
        "energy-score[pixels]",
        "modes-covered",
        "high-quality",
        "law-kl",
        "mode-coverage",
        "relative-std",
        "frechet[pixels]",
    )
    choices = (
        "The figures are scikit-learn's `make_swiss_roll` with noise 0.25, first and third coordinate, over 7.5.",
        "A sample belongs to the piece of the curve that it is nearest to, if the curve is within three standard"
        " deviations; there are 20 pieces, of the same angle and so of the same mass.",
        "It ranks by law-distance, as grid25 does; law-distance does not see how points lie within a piece.",
    )

    def examples(self, split: Literal["train", "validation", "test"]) -> Sequence[Example]:
        """Return 4000 training points, 400 for validation, or 300 empty conditions with 20 references each."""
        return _examples(self.split_key(split))

    def real_pool(self) -> Tensor:
        """Return the 4000 training points; with another draw as the test, as many new ones that nobody trained on."""
        import torch

        key = f"train {self.test_draw}" if self.test_draw else "train"
        return torch.cat([example.references for example in _examples(key)])

    def draw(self, ids: Sequence[str], num_samples: int, noise: Noise) -> Tensor:
        """Draw fresh points of the law."""
        import torch

        share, normal = noise.uniform().cpu().double(), noise.normal(2).cpu().double()
        return (torch.from_numpy(curve(share.numpy())) + STD * normal).float()

    def mode_probabilities(self, id: str) -> Tensor:
        """Return the same probability for each of the pieces."""
        import torch

        return torch.full((self.num_modes,), 1 / self.num_modes, dtype=torch.float64)

    def assign_modes(self, id: str, samples: Tensor) -> Tensor:
        """Return the piece with the nearest point of the curve, or -1 where it is further than three deviations."""
        import torch

        nearest = torch.cdist(samples.double(), _knots()).min(1)
        piece = nearest.indices * self.num_modes // KNOTS
        return torch.where(nearest.values < 3 * STD, piece, -1)


@functools.lru_cache(maxsize=1)
def _knots() -> Tensor:
    import torch

    return torch.from_numpy(curve((np.arange(KNOTS) + 0.5) / KNOTS))


@functools.lru_cache(maxsize=6)
def _examples(key: str) -> tuple[Example, ...]:
    import torch

    law, size = stream("swiss-roll", 1, key), (num_examples(key), num_references(key))
    points = torch.from_numpy(curve(law.random(size)) + STD * law.standard_normal((*size, 2))).float()
    return tuple(Example(f"{i:04d}", {}, points[i]) for i in range(len(points)))


@hookimpl
def benchbench_tasks() -> Iterable[type[Task]]:
    """Register the task."""
    return (SwissRoll,)
