"""`toy-tints`: grey shape to one of its tints, 32 px; six tints, whose probabilities depend on the shape."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from benchbench.core import Example, ModeTask, SampleSpace, Task
from benchbench.core.noise import Noise, stream
from benchbench.hookspecs import hookimpl
from benchbench.tasks._grey import ColourTask
from benchbench.tasks._kept import kept
from benchbench.tasks._metrics import KNOWN_LAW
from benchbench.tasks._toys import ELSEWHERE, num_examples, num_references
from benchbench.tasks.toy_shapes import SHAPES, SIDE, coverage

if TYPE_CHECKING:
    from torch import Tensor

DEPTH = 30
"""Grey levels: one unit of a tint inside of a shape."""
TINTS = np.array([(2, -1, -1), (-1, 2, -1), (-1, -1, 2), (-2, 1, 1), (1, -2, 1), (1, 1, -2)])
"""In units of `DEPTH`, red, green and blue: three colours and their opposites; each sums to 0, so no grey shows it."""
PROBABILITIES = {
    "circle": np.array([1 / 3, 1 / 3, 1 / 3, 0, 0, 0]),
    "square": np.array([0, 0, 0, 0.7, 0.3, 0]),
    "triangle": np.full(6, 1 / 6),
}
GROUND, SHAPE = (30, 81), (100, 156)
"""Grey levels of background and shape: whole numbers from the first, below the second."""
TOLERANCE = DEPTH * 6**0.5 / 2
"""Grey levels, Euclidean: half of the smallest distance of two tints, which is √6 units."""


class ToyTints(ColourTask, ModeTask):
    """The tint sums to 0 over the channels: the grey of all six images is the condition exactly, in whole levels."""

    name = "toy-tints"
    version = 1
    summary = "grey shape to one of its tints (colourisation), 32 px; the law of the tint is known exactly"
    space = SampleSpace("images", (3, SIDE, SIDE))
    num_modes = len(TINTS)
    has_draws = True
    metrics = KNOWN_LAW
    weights = (1 / 3, 1 / 3, 1 / 3)
    choices = (
        "The grey is the plain mean of the three channels, not a luma, so that whole grey levels can keep it exactly.",
        "A sample has a tint if the mean of its colour inside, less its grey, is within half of the smallest distance"
        " of two tints; its pixels inside deviate from that mean, and its colour elsewhere and its grey from what they"
        " should be, by less than 12.75 levels on average.",
    )

    def examples(self, split: Literal["train", "validation", "test"]) -> Sequence[Example]:
        """Return 4000 training and 400 validation pairs, or the 300 grey test images with 20 references each."""
        return _examples(self.split_key(split))

    def real_pool(self) -> Tensor:
        """Return the 4000 training targets."""
        import torch

        return torch.cat([example.references for example in self.examples("train")])

    def draw(self, ids: Sequence[str], num_samples: int, noise: Noise) -> Tensor:
        """Draw fresh tints of the law."""
        import torch

        uniform = noise.uniform().cpu().double().numpy()
        scenes = [self._scene(id) for id in ids]
        return torch.from_numpy(np.stack([_tinted(*scene, own) for scene, own in zip(scenes, uniform, strict=True)]))

    def mode_probabilities(self, id: str) -> Tensor:
        """Return the six tints' probabilities for this example's shape."""
        import torch

        return torch.from_numpy(PROBABILITIES[self._scene(id)[0]])

    def assign_modes(self, id: str, samples: Tensor) -> Tensor:
        """Return the nearest tint of each sample, or -1 where it is not clean."""
        import torch

        _, mask, grey = self._scene(id)
        images = samples.double().cpu().numpy()
        own = images.mean(1)
        colour = images - own[:, None]
        inside = colour[:, :, mask > 0.99]
        mean = inside.mean(2)
        distance = np.linalg.norm(mean[:, None] - DEPTH * TINTS, axis=2)
        flat = np.abs(inside - mean[:, :, None]).mean((1, 2)) < ELSEWHERE
        bare = np.abs(colour[:, :, mask < 0.01]).mean((1, 2)) < ELSEWHERE
        right = np.abs(own - grey).mean((1, 2)) < ELSEWHERE
        clean = (distance.min(1) < TOLERANCE) & flat & bare & right
        return torch.from_numpy(np.where(clean, distance.argmin(1), -1))

    def _scene(self, id: str) -> tuple[str, np.ndarray, np.ndarray]:
        """Return the scene of a test example."""
        return _scene(self.split_key("test"), int(id))


def _tinted(shape: str, mask: np.ndarray, grey: np.ndarray, uniform: np.ndarray) -> np.ndarray:
    """Return `uint8[n, 3, 32, 32]` from n uniform numbers, which choose the tint."""
    edges = np.cumsum(PROBABILITIES[shape])
    chosen = TINTS[np.searchsorted(edges / edges[-1], uniform, side="right").clip(max=len(TINTS) - 1)]
    depth = np.rint(DEPTH * mask).astype(np.int64)
    tinted: np.ndarray = (grey + chosen[:, :, None, None] * depth).astype(np.uint8)
    return tinted


@functools.lru_cache(maxsize=300)
def _scene(key: str, index: int) -> tuple[str, np.ndarray, np.ndarray]:
    """Return the shape's name, its coverage and the grey image in whole levels, `int64[32, 32]`."""
    generator = stream("toy-tints", 1, key, index, "scene")
    shape = SHAPES[int(generator.integers(3))]
    radius = float(generator.uniform(6, 11))
    cx, cy = generator.uniform(radius + 1, SIDE - 1 - radius, size=2)
    ground, own = (int(generator.integers(*levels)) for levels in (GROUND, SHAPE))
    mask = coverage(shape, cx, cy, radius)
    return shape, mask, np.rint(ground + (own - ground) * mask).astype(np.int64)


@kept("toy-tints")
def _examples(key: str) -> tuple[Example, ...]:
    import torch

    made = []
    for index in range(num_examples(key)):
        scene = _scene(key, index)
        uniform = stream("toy-tints", 1, key, index, "references").random(num_references(key))
        condition = {"image": torch.from_numpy(scene[2].astype(np.uint8)[None])}
        made.append(Example(f"{index:04d}", condition, torch.from_numpy(_tinted(*scene, uniform))))
    return tuple(made)


@hookimpl
def benchbench_tasks() -> Iterable[type[Task]]:
    """Register the task."""
    return (ToyTints,)
