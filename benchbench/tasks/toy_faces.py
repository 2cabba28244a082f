"""`toy-faces`: 8 to 32 px super-resolution; nine faces, equally likely, lie over one input."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from benchbench.core import Example, ModeTask, SampleSpace, SuperResolutionTask, Task
from benchbench.core.noise import Noise, stream
from benchbench.hookspecs import hookimpl
from benchbench.tasks._kept import kept
from benchbench.tasks._metrics import KNOWN_LAW
from benchbench.tasks._toys import ELSEWHERE, num_examples, num_references, to_bytes

if TYPE_CHECKING:
    from torch import Tensor

SIDE, SMALL, BLOCK = 32, 8, 4
SKIN = np.array([0.35, 0.05, -0.15])
CONTRAST = 70.125
"""Grey levels by which eyes and mouth are darker than the face: 0.55 in [-1, 1]."""


def features() -> tuple[np.ndarray, np.ndarray]:
    """Return the pixels of the eyes (round, closed, cross) and of the mouth (smile, flat, frown), `bool[3, 32, 32]`."""
    v, u = np.mgrid[0:SIDE, 0:SIDE].astype(np.float64)
    dv, du = np.abs(v - 12), np.minimum(np.abs(u - 10), np.abs(u - 22))
    closed = (dv < 0.8) & (du < 3.2)
    cross = (np.minimum(du, dv) < 0.8) & (np.maximum(du, dv) < 2.6)
    bend = 0.1 * (u - 16) ** 2
    mouths = [(np.abs(v - curve) < 1) & (np.abs(u - 16) < 5) for curve in (23.5 - bend, 23, 22 + bend)]
    return np.stack([np.hypot(du, dv) < 2.2, closed, cross]), np.stack(mouths)


def with_means(images: np.ndarray, means: np.ndarray) -> np.ndarray:
    """Return whole numbers `int64[…, 32, 32]` near `images` whose 4 x 4 means are exactly the whole `[…, 8, 8]`.

    Each block is shifted to its mean, then its running sum is rounded, so that no pixel is off by more than 1.
    """
    cut = images.reshape(*images.shape[:-2], SMALL, BLOCK, SMALL, BLOCK).swapaxes(-3, -2)
    blocks = cut.reshape(*means.shape, BLOCK**2)
    shifted = blocks - blocks.mean(-1, keepdims=True) + means[..., None]
    whole: np.ndarray = np.diff(np.rint(shifted.cumsum(-1)).astype(np.int64), axis=-1, prepend=0)
    return whole.reshape(cut.shape).swapaxes(-3, -2).reshape(images.shape)


@functools.lru_cache(maxsize=1)
def patterns() -> np.ndarray:
    """Return `int64[9, 32, 32]`: what mode 3 * eyes + mouth adds to the smooth face, in grey levels.

    The eyes and the mouth, darker by the contrast, less their 4 x 4 means, so that those are 0.
    """
    eyes, mouths = features()
    dark = np.stack([-CONTRAST * (eye | mouth) for eye in eyes for mouth in mouths])
    return with_means(dark, np.zeros((len(dark), SMALL, SMALL)))


def smooth(small: np.ndarray) -> np.ndarray:
    """Return `int64[3, 32, 32]`: the input `uint8[3, 8, 8]` enlarged (bilinear), each block moved to its exact mean."""
    place = np.clip((np.arange(SIDE) + 0.5) / BLOCK - 0.5, 0, SMALL - 1)
    enlarge = np.clip(1 - np.abs(place[:, None] - np.arange(SMALL)), 0, 1)
    return with_means(enlarge @ small @ enlarge.T, small)


class ToyFaces(SuperResolutionTask, ModeTask):
    """The conditional law is known exactly: the smooth face of the input, plus one of nine equally likely patterns.

    Three pairs of eyes and three mouths, whose 4 x 4 means are 0. All of it is made of whole grey levels, so rounding
    to bytes takes nothing away: the area mean of each of the nine is the input, to the last bit.
    """

    name = "toy-faces"
    version = 1
    summary = "8 to 32 px super-resolution; nine equally likely faces have exactly the same input"
    space = SampleSpace("images", (3, SIDE, SIDE))
    factor = BLOCK
    has_draws = True
    num_modes = 9
    metrics = (*KNOWN_LAW, "psnr")
    choices = (
        "The smooth face and the patterns are rounded to whole grey levels with their 4 x 4 sums kept, no pixel moving"
        " by more than 1, so that all nine images have the input as their exact area mean.",
        "The face's edge is soft over one pixel: coverage is 0.5 plus the distance inside the ellipse, measured along"
        " its shorter half-axis, cut to [0, 1].",
        "A sample has a mode only within half of the smallest distance between two patterns; with the looser rule of a"
        " quarter of their mean square, the mean of all nine images would have one.",
    )

    def examples(self, split: Literal["train", "validation", "test"]) -> Sequence[Example]:
        """Return 4000 training and 400 validation pairs, or the 300 test inputs with 20 references each."""
        return _examples(self.split_key(split))

    def real_pool(self) -> Tensor:
        """Return the 4000 training targets."""
        import torch

        return torch.cat([example.references for example in self.examples("train")])

    def draw(self, ids: Sequence[str], num_samples: int, noise: Noise) -> Tensor:
        """Draw fresh samples from the law, independent of the references."""
        import torch

        modes = noise.integers(self.num_modes).cpu().numpy()
        drawn = [_with_features(self._input(id), chosen) for id, chosen in zip(ids, modes, strict=True)]
        return torch.from_numpy(np.stack(drawn))

    def mode_probabilities(self, id: str) -> Tensor:
        """Return the probability 1/9 for each of the nine modes."""
        import torch

        return torch.full((self.num_modes,), 1 / self.num_modes, dtype=torch.float64)

    def assign_modes(self, id: str, samples: Tensor) -> Tensor:
        """Return the nearest pattern (3 * eyes + mouth) of each sample, or -1 unless it is clean.

        What a sample adds to the smooth face, averaged over channels, is compared with the patterns where they are not
        0. Clean: it is nearer to one, in Euclidean distance, than half of the smallest distance between two of them
        (0.73 in [-1, 1], noise of about 11 grey levels), and the mean error elsewhere is under 0.1.
        """
        import torch

        added = samples.double().numpy() - smooth(self._input(id))
        support = patterns().any(0)
        known = patterns()[:, support]
        distance = np.linalg.norm(added.mean(1)[:, None, support] - known, axis=2)
        apart = np.linalg.norm(known[:, None] - known, axis=2)[~np.eye(len(known), dtype=bool)].min()
        empty = np.abs(added[:, :, ~support]).mean((1, 2)) < ELSEWHERE
        return torch.from_numpy(np.where((distance.min(1) < apart / 2) & empty, distance.argmin(1), -1))

    def _input(self, id: str) -> np.ndarray:
        return _input(self.split_key("test"), int(id))


def _with_features(small: np.ndarray, modes: np.ndarray) -> np.ndarray:
    """Return `uint8[n, 3, 32, 32]`: the images over one input in these modes, none of which leaves 0..255."""
    images: np.ndarray = smooth(small) + patterns()[modes][:, None]
    return images.astype(np.uint8)


@functools.lru_cache(maxsize=300)
def _input(key: str, index: int) -> np.ndarray:
    """Return `uint8[3, 8, 8]`: the 4 x 4 area mean of an ellipse of skin on a darker ground."""
    generator = stream("toy-faces", 1, key, index, "face")
    cx, cy = generator.uniform((14.5, 15), (16.5, 17))
    half_width, half_height = generator.uniform((10, 12), (13, 14))
    skin, ground = SKIN + generator.uniform(-0.1, 0.1, 3), generator.uniform(-0.5, -0.1, 3)
    v, u = np.mgrid[0:SIDE, 0:SIDE]
    inside = 1 - np.hypot((u - cx) / half_width, (v - cy) / half_height)
    coverage = np.clip(0.5 + inside * min(half_width, half_height), 0, 1)
    face = ground[:, None, None] + (skin - ground)[:, None, None] * coverage
    return to_bytes(face.reshape(3, SMALL, BLOCK, SMALL, BLOCK).mean((2, 4)))


@kept("toy-faces")
def _examples(key: str) -> tuple[Example, ...]:
    import torch

    made = []
    for index in range(num_examples(key)):
        small = _input(key, index)
        law = stream("toy-faces", 1, key, index, "references")
        targets = _with_features(small, law.integers(len(patterns()), size=num_references(key)))
        made.append(Example(f"{index:04d}", {"image": torch.from_numpy(small)}, torch.from_numpy(targets)))
    return tuple(made)


@hookimpl
def benchbench_tasks() -> Iterable[type[Task]]:
    """Register the task."""
    return (ToyFaces,)
