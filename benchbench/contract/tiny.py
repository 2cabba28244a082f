"""`tiny-discs`: a task of twelve conditions with a known law, ready in milliseconds; for tests of plugins."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from benchbench.core import Example, ModeTask, Protocol, SampleSpace, Task
from benchbench.core.noise import Noise, stream
from benchbench.hookspecs import hookimpl

if TYPE_CHECKING:
    from torch import Tensor

SIDE = 32
NUMBER = {"train": 24, "validation": 4, "test": 12}
REFERENCES = 6
COLOURS = np.array([(220, 60, 60), (60, 190, 60), (70, 90, 230)])
PROBABILITIES = np.array([0.5, 0.3, 0.2])
BACKGROUND = 20
JITTER = 12
"""Each channel is off by up to so many grey levels."""
TOLERANCE = 40
"""A sample is of a colour if no channel is further from it on average; any two are 160 apart in some channel."""


class TinyDiscs(ModeTask):
    """White disc to coloured disc, 32 px: red, green or blue with probabilities 0.5, 0.3 and 0.2, plus jitter."""

    name = "tiny-discs"
    version = 1
    summary = "white disc to coloured disc, 32 px, 12 conditions; the law is known exactly"
    kind = "translation"
    space = SampleSpace("images", (3, SIDE, SIDE))
    protocol = Protocol("tiny", 1, num_conditions=NUMBER["test"], samples_per_condition=4, pairs_per_condition=2)
    num_modes = len(COLOURS)
    metrics = (
        "energy-score[mini]",
        "energy-skill[mini]",
        "relative-diversity[mini]",
        "diversity[mini]",
        "mode-coverage",
        "law-distance",
    )

    def examples(self, split: Literal["train", "validation", "test"]) -> Sequence[Example]:
        """Return 24 training and 4 validation pairs, or the 12 test discs with 6 references each."""
        return _examples(split)

    def real_pool(self) -> Tensor:
        """Return the 24 training targets."""
        import torch

        return torch.cat([example.references for example in self.examples("train")])

    def draw(self, ids: Sequence[str], num_samples: int, noise: Noise) -> Tensor:
        """Draw fresh samples from the law."""
        import torch

        uniform, jitter = noise.uniform().cpu().numpy(), noise.integers(2 * JITTER + 1, 3).cpu().numpy() - JITTER
        drawn = [_colour_in(_disc(id), uniform[i], jitter[i]) for i, id in enumerate(ids)]
        return torch.from_numpy(np.stack(drawn))

    def condition_error(self, example: Example, samples: Tensor) -> Tensor:
        """Return `float64[K]`: the mean absolute difference from the disc filled with its own mean colour."""
        import torch

        inside = torch.from_numpy(_disc(example.id))
        images = samples.double()
        filled = torch.full_like(images, BACKGROUND)
        filled[..., inside] = images[..., inside].mean(2, keepdim=True)
        return (images - filled).abs().mean((1, 2, 3))

    def mode_probabilities(self, id: str) -> Tensor:
        """Return the probabilities of the three colours, the same for every disc."""
        import torch

        return torch.from_numpy(PROBABILITIES)

    def assign_modes(self, id: str, samples: Tensor) -> Tensor:
        """Return the colour of each disc, or -1 where none is near or the background is not empty."""
        import torch

        inside = _disc(id)
        images = samples.double().numpy()
        far = np.abs(images[:, :, inside].mean(2)[:, None] - COLOURS).max(2)
        empty = np.abs(images[:, :, ~inside] - BACKGROUND).mean((1, 2)) < JITTER
        return torch.from_numpy(np.where((far.min(1) < TOLERANCE) & empty, far.argmin(1), -1))


def _colour_in(inside: np.ndarray, uniform: np.ndarray, jitter: np.ndarray) -> np.ndarray:
    """Return `uint8[n, 3, 32, 32]` from n uniform numbers (which colour) and `int[n, 3]` (its jitter)."""
    chosen = COLOURS[np.searchsorted(np.cumsum(PROBABILITIES), uniform, side="right").clip(max=len(COLOURS) - 1)]
    return np.where(inside, (chosen + jitter)[:, :, None, None], BACKGROUND).astype(np.uint8)


def _disc(id: str) -> np.ndarray:
    """Return `bool[32, 32]`: where the disc of the example is."""
    generator = stream("tiny-discs", 1, id, "geometry")
    radius = float(generator.uniform(6, 11))
    row, column = generator.uniform(radius, SIDE - 1 - radius, size=2)
    v, u = np.mgrid[0:SIDE, 0:SIDE]
    inside: np.ndarray = np.hypot(u - column, v - row) <= radius
    return inside


@functools.lru_cache(maxsize=3)
def _examples(split: str) -> tuple[Example, ...]:
    import torch

    made = []
    for index in range(NUMBER[split]):
        id = f"{split}-{index:02d}"
        inside = _disc(id)
        law = stream("tiny-discs", 1, id, "references")
        number = REFERENCES if split == "test" else 1
        targets = _colour_in(inside, law.random(number), law.integers(-JITTER, JITTER + 1, size=(number, 3)))
        image = np.repeat((inside * 255).astype(np.uint8)[None], 3, axis=0)
        made.append(Example(id, {"image": torch.from_numpy(image)}, torch.from_numpy(targets)))
    return tuple(made)


@hookimpl
def benchbench_tasks() -> Iterable[type[Task]]:
    """Register the task, where this module is a plugin."""
    return (TinyDiscs,)
