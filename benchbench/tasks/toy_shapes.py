"""`toy-shapes`: outline to coloured shape, 32 px; eight colours whose probabilities depend on the shape."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from benchbench.core import Example, ModeTask, SampleSpace, Task
from benchbench.core.noise import Noise, stream
from benchbench.hookspecs import hookimpl
from benchbench.tasks._kept import kept
from benchbench.tasks._metrics import KNOWN_LAW
from benchbench.tasks._toys import num_examples, num_references, to_bytes

if TYPE_CHECKING:
    from torch import Tensor

SIDE = 32
BACKGROUND = -0.8
JITTER = 0.05
SHAPES = ("circle", "square", "triangle")
PALETTE = np.array(
    [
        (0.9, -0.6, -0.6),
        (-0.6, 0.7, -0.6),
        (-0.5, -0.4, 0.9),
        (0.9, 0.8, -0.6),
        (0.8, -0.5, 0.8),
        (-0.6, 0.8, 0.8),
        (0.9, 0.3, -0.7),
        (0.3, 0.3, 0.3),
    ]
)
"""RGB in [-1, 1]; the smallest distance between two colours is 0.51."""
PROBABILITIES = {
    "circle": np.array([0.25, 0.25, 0.25, 0.25, 0, 0, 0, 0]),
    "square": np.array([0, 0, 0, 0, 0.7, 0.3, 0, 0]),
    "triangle": np.full(8, 0.125),
}
COLOUR_TOLERANCE = 0.3
"""Euclidean, in [-1, 1]: six standard deviations of the jitter and half of the smallest palette distance."""


def coverage(shape: str, cx: float, cy: float, radius: float) -> np.ndarray:
    """Return `float64[32, 32]` in [0, 1]: how much of each pixel the shape covers."""
    v, u = np.mgrid[0:SIDE, 0:SIDE].astype(np.float64)
    dx, dy = u - cx, v - cy
    if shape == "circle":
        distance = np.hypot(dx, dy) - radius
    elif shape == "square":
        distance = np.maximum(np.abs(dx), np.abs(dy)) - 0.88 * radius
    else:
        slanted = np.maximum(-0.5 * dy + 0.866 * dx, -0.5 * dy - 0.866 * dx) - 0.6 * radius
        distance = np.maximum(dy - 0.7 * radius, slanted)
    return np.asarray(np.clip(0.5 - distance, 0, 1))


class ToyShapes(ModeTask):
    """The conditional law is known exactly: a colour of the palette by the shape's probabilities, plus jitter."""

    name = "toy-shapes"
    version = 1
    summary = "outline to coloured shape, 32 px; the law of the colour is known exactly"
    kind = "translation"
    space = SampleSpace("images", (3, SIDE, SIDE))
    has_draws = True
    num_modes = len(PALETTE)
    metrics = KNOWN_LAW

    def examples(self, split: Literal["train", "validation", "test"]) -> Sequence[Example]:
        """Return 4000 training and 400 validation pairs, or the 300 test outlines with 20 references each."""
        return _examples(self.split_key(split))

    def real_pool(self) -> Tensor:
        """Return the 4000 training targets."""
        import torch

        return torch.cat([example.references for example in self.examples("train")])

    def draw(self, ids: Sequence[str], num_samples: int, noise: Noise) -> Tensor:
        """Draw fresh samples from the law, independent of the references."""
        import torch

        uniform, normal = noise.uniform().cpu().double().numpy(), noise.normal(3).cpu().double().numpy()
        drawn = []
        for i, id in enumerate(ids):
            shape, mask, _ = self._geometry(id)
            drawn.append(_colour_in(shape, mask, uniform[i], normal[i]))
        return torch.from_numpy(np.stack(drawn))

    def condition_error(self, example: Example, samples: Tensor) -> Tensor:
        """Return `float64[K]`, in grey levels: the mean absolute difference from the nearest image with the outline.

        That is: the shape of this test example filled with one flat colour (by least squares) on the background.
        """
        import torch

        _, shape, _ = self._geometry(example.id)
        mask = torch.from_numpy(shape)
        background = (BACKGROUND + 1) * 127.5
        above = samples.double() - background
        colour = ((above * mask).sum((2, 3)) / mask.square().sum()).clamp(-background, 255 - background)
        return (above - colour[:, :, None, None] * mask).abs().mean((1, 2, 3))

    def mode_probabilities(self, id: str) -> Tensor:
        """Return the eight colours' probabilities for this example's shape."""
        import torch

        return torch.from_numpy(PROBABILITIES[self._geometry(id)[0]])

    def assign_modes(self, id: str, samples: Tensor) -> Tensor:
        """Return the nearest colour of each sample, or -1 unless it is clean.

        Clean: the mean colour inside is within 0.3 of the palette's, the mean deviation from it inside is under 0.12
        and the mean error of the background under 0.1 (all in [-1, 1]).
        """
        import torch

        _, mask, _ = self._geometry(id)
        images = samples.double().numpy() / 127.5 - 1
        inside = images[:, :, mask > 0.99]
        colour = inside.mean(2)
        distance = np.linalg.norm(colour[:, None] - PALETTE, axis=2)
        flat = np.abs(inside - colour[:, :, None]).mean((1, 2)) < 0.12
        empty = np.abs(images[:, :, mask < 0.01] - BACKGROUND).mean((1, 2)) < 0.1
        clean = (distance.min(1) < COLOUR_TOLERANCE) & flat & empty
        return torch.from_numpy(np.where(clean, distance.argmin(1), -1))

    def _geometry(self, id: str) -> tuple[str, np.ndarray, np.ndarray]:
        return _geometry(self.split_key("test"), int(id))


def _colour_in(shape: str, mask: np.ndarray, uniform: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """Return `uint8[n, 3, 32, 32]` from n uniform numbers (which colour) and `[n, 3]` normal ones (its jitter)."""
    edges = np.cumsum(PROBABILITIES[shape])
    chosen = PALETTE[np.searchsorted(edges / edges[-1], uniform, side="right").clip(max=len(PALETTE) - 1)]
    colour = np.clip(chosen + JITTER * normal, -1, 1)[:, :, None, None]
    return to_bytes(BACKGROUND + (colour - BACKGROUND) * mask)


@functools.lru_cache(maxsize=300)
def _geometry(key: str, index: int) -> tuple[str, np.ndarray, np.ndarray]:
    """Return the shape's name, its coverage and its outline."""
    generator = stream("toy-shapes", 1, key, index, "geometry")
    shape = SHAPES[int(generator.integers(3))]
    radius = float(generator.uniform(6, 11))
    cx, cy = generator.uniform(radius + 1, SIDE - 1 - radius, size=2)
    mask = coverage(shape, cx, cy, radius)
    return shape, mask, mask - coverage(shape, cx, cy, radius - 1.5)


@kept("toy-shapes")
def _examples(key: str) -> tuple[Example, ...]:
    import torch

    references = num_references(key)
    made = []
    for index in range(num_examples(key)):
        shape, mask, outline = _geometry(key, index)
        image = np.repeat(to_bytes(2 * outline - 1)[None], 3, axis=0)
        law = stream("toy-shapes", 1, key, index, "references")
        targets = _colour_in(shape, mask, law.random(references), law.standard_normal((references, 3)))
        made.append(Example(f"{index:04d}", {"image": torch.from_numpy(image)}, torch.from_numpy(targets)))
    return tuple(made)


@hookimpl
def benchbench_tasks() -> Iterable[type[Task]]:
    """Register the task."""
    return (ToyShapes,)
