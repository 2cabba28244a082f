"""`toy-holes`: inpainting, 32 px; a glyph was in the hole, one of six, bright or dark by the background."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from benchbench.core import Example, InpaintingTask, ModeTask, SampleSpace, Task
from benchbench.core.noise import Noise, stream
from benchbench.hookspecs import hookimpl
from benchbench.tasks._kept import kept
from benchbench.tasks._metrics import KNOWN_LAW
from benchbench.tasks._toys import ELSEWHERE, num_examples, num_references, to_bytes

if TYPE_CHECKING:
    from torch import Tensor

SIDE = 32
BOX = 16
"""The side of the square that holds the hole."""
GLYPH = 7
BRIGHT, DARK = 242, 13
"""The values of a glyph, 0.9 and -0.9 in [-1, 1], on all three channels."""
BRIGHT_ON_DARK, BRIGHT_ON_LIGHT = 0.7, 0.3
"""The probability of a bright glyph, on a background whose mean is under 127.5 and on the others."""
FILL = (127, 127, 127)
"""What the hole is filled with: the mean colour of the training targets."""


def glyphs() -> np.ndarray:
    """Return `bool[6, 7, 7]`: plus, x, ring, wide bar, tall bar, square; any two differ in 16 pixels or more."""
    dv, du = np.abs(np.mgrid[-3:4, -3:4])
    ring = np.abs(np.hypot(du, dv) - 2.8) < 0.6
    return np.stack([np.minimum(du, dv) == 0, du == dv, ring, dv <= 1, du <= 1, np.maximum(du, dv) <= 2])


class ToyHoles(InpaintingTask, ModeTask):
    """The law is known exactly: the background continues, with one of 6 x 2 glyphs in the middle of the hole.

    The background is linear in each channel, so that the surroundings of the hole determine its content
    except for the glyph.
    """

    name = "toy-holes"
    version = 1
    summary = "inpainting, 32 px; one of six glyphs in the hole, bright or dark by the background"
    space = SampleSpace("images", (3, SIDE, SIDE))
    has_draws = True
    num_modes = 12
    largest_hole = BOX
    metrics = (*KNOWN_LAW, "psnr")
    choices = (
        "The glyph's window of 7 px has (height - 7) // 2 rows of the hole above it and (width - 7) // 2 columns left"
        " of it.",
        "The mean of the background that sets the probability of a bright glyph is taken of its bytes, glyph and hole"
        " apart.",
    )

    def examples(self, split: Literal["train", "validation", "test"]) -> Sequence[Example]:
        """Return 4000 training and 400 validation pairs, or the 300 test holes with 20 references each."""
        return _examples(self.split_key(split))

    def real_pool(self) -> Tensor:
        """Return the 4000 training targets."""
        import torch

        return torch.cat([example.references for example in self.examples("train")])

    def draw(self, ids: Sequence[str], num_samples: int, noise: Noise) -> Tensor:
        """Draw fresh samples from the law, independent of the references."""
        import torch

        glyph, uniform = noise.integers(6).cpu().numpy(), noise.uniform().cpu().numpy()
        drawn = [_drawn(self.split_key("test"), int(id), glyph[i], uniform[i]) for i, id in enumerate(ids)]
        return torch.from_numpy(np.stack(drawn))

    def mode_probabilities(self, id: str) -> Tensor:
        """Return 1/6 of the probability of a bright glyph six times, then of a dark one six times."""
        import torch

        bright = chance_of_bright(self._scene(id)[0])
        return torch.tensor([bright / 6] * 6 + [(1 - bright) / 6] * 6, dtype=torch.float64)

    def assign_modes(self, id: str, samples: Tensor) -> Tensor:
        """Return the nearest of the bright glyphs 0 to 5 and the dark ones 6 to 11, or -1 unless the sample is clean.

        Compared by the mean absolute difference in the window of 7 x 7 pixels. Clean: the nearest is within half of the
        smallest difference between two of this condition's twelve, that is less than 8 wrong pixels' worth, as glyphs
        differ in 16 or more; and the mean error elsewhere is under 0.1 in [-1, 1].
        """
        import torch

        background, hole = self._scene(id)
        rows, columns = window_of(hole)
        known = _with_glyphs(background, hole, np.arange(12))[:, :, rows, columns].astype(np.float64)
        images = samples.double().numpy()
        difference = np.abs(images[:, None, :, rows, columns] - known).mean((2, 3, 4))
        apart = np.abs(known[:, None] - known).mean((2, 3, 4))[~np.eye(12, dtype=bool)].min()
        elsewhere = np.ones((SIDE, SIDE), dtype=bool)
        elsewhere[rows, columns] = False
        empty = np.abs(images - background)[:, :, elsewhere].mean((1, 2)) < ELSEWHERE
        return torch.from_numpy(np.where((difference.min(1) < apart / 2) & empty, difference.argmin(1), -1))

    def _scene(self, id: str) -> tuple[np.ndarray, tuple[int, int, int, int]]:
        return _scene(self.split_key("test"), int(id))


def chance_of_bright(background: np.ndarray) -> float:
    """Return the probability that the glyph on this background `uint8[3, 32, 32]` is bright."""
    return BRIGHT_ON_DARK if background.mean() < 127.5 else BRIGHT_ON_LIGHT


def window_of(hole: tuple[int, int, int, int]) -> tuple[slice, slice]:
    """Return the rows and columns of the glyph in the middle of a hole (top, left, height, width)."""
    top, left, height, width = hole
    row, column = top + (height - GLYPH) // 2, left + (width - GLYPH) // 2
    return slice(row, row + GLYPH), slice(column, column + GLYPH)


def _with_glyphs(background: np.ndarray, hole: tuple[int, int, int, int], modes: np.ndarray) -> np.ndarray:
    """Return `uint8[n, 3, 32, 32]`: the background with the glyph of each mode."""
    images = np.repeat(background[None], len(modes), axis=0)
    rows, columns = window_of(hole)
    value = np.where(modes < 6, BRIGHT, DARK)[:, None, None, None]
    window = images[:, :, rows, columns]
    images[:, :, rows, columns] = np.where(glyphs()[modes % 6][:, None], value, window)
    return images


def _drawn(key: str, index: int, glyph: np.ndarray, uniform: np.ndarray) -> np.ndarray:
    """Return `uint8[n, 3, 32, 32]` from n glyphs `int64[n]` and n uniform numbers (bright or dark)."""
    background, hole = _scene(key, index)
    return _with_glyphs(background, hole, glyph + np.where(uniform < chance_of_bright(background), 0, 6))


@functools.lru_cache(maxsize=300)
def _scene(key: str, index: int) -> tuple[np.ndarray, tuple[int, int, int, int]]:
    """Return the background `uint8[3, 32, 32]` and the hole: top, left, height, width."""
    generator = stream("toy-holes", 1, key, index, "scene")
    level, (across, down) = generator.uniform(-0.6, 0.6, (3, 1, 1)), generator.uniform(-0.3, 0.3, (2, 3, 1, 1))
    place = np.linspace(-1, 1, SIDE)
    background = to_bytes(level + across * place + down * place[:, None])
    size = generator.integers(12, BOX + 1, size=2)
    corner = generator.integers(0, SIDE - BOX + 1, size=2) + generator.integers(0, BOX - size + 1)
    return background, (*corner.tolist(), *size.tolist())


@kept("toy-holes")
def _examples(key: str) -> tuple[Example, ...]:
    import torch

    made = []
    for index in range(num_examples(key)):
        background, (top, left, height, width) = _scene(key, index)
        law, references = stream("toy-holes", 1, key, index, "references"), num_references(key)
        targets = _drawn(key, index, law.integers(6, size=references), law.random(references))
        mask = np.zeros((1, SIDE, SIDE), dtype=np.uint8)
        mask[:, top : top + height, left : left + width] = 255
        image = np.where(mask, np.array(FILL, dtype=np.uint8)[:, None, None], background)
        condition = {"image": torch.from_numpy(image), "mask": torch.from_numpy(mask)}
        made.append(Example(f"{index:04d}", condition, torch.from_numpy(targets)))
    return tuple(made)


@hookimpl
def benchbench_tasks() -> Iterable[type[Task]]:
    """Register the task."""
    return (ToyHoles,)
