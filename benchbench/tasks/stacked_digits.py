"""`stacked-digits`: three of scikit-learn's digits as the channels of one image: 1000 modes (Metz et al. 2017)."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from benchbench.core import Example, ModeTask, Task
from benchbench.core.noise import Noise, stream
from benchbench.hookspecs import hookimpl
from benchbench.tasks import _digit_reader as reader
from benchbench.tasks import digits
from benchbench.tasks._metrics import UNCONDITIONAL
from benchbench.tasks._toys import num_examples, num_references

if TYPE_CHECKING:
    from torch import Tensor

CHANNELS = 3


class StackedDigits(ModeTask):
    """Three independent digits, red, green and blue, each class equally likely; a mode is the three digits in order.

    Train, validation and test stack images of the splits of `digits`. The law of the test, which `oracle` draws from,
    is that of stacks of the 600 held-out images.
    """

    name = "stacked-digits"
    version = 1
    summary = "three handwritten digits of scikit-learn as colour channels, 32 px, unconditional; 1000 modes"
    kind = "unconditional"
    space = digits.SPACE
    num_modes = digits.CLASSES**CHANNELS
    metrics = (
        "law-distance",
        "modes-captured",
        "high-quality",
        "law-kl",
        *(metric for metric in UNCONDITIONAL if metric not in ("collapse-rate[mini]",)),
    )
    choices = (
        "The papers stack MNIST's digits at 28 px and train on 128,000 stacks; here it is scikit-learn's digits, 8 px"
        " enlarged to 32 px, and 4000 stacks of its 997 training images.",
        "Their classifier is a network for MNIST; here a channel has the digit of the nearest training image at 8 px."
        " It is right for 592 of the 600 held-out images.",
        "Their classifier gives every image a mode, white noise too; here a channel has none if its distance to the"
        " nearest training image is above 1.1 times the largest such distance of the 200 validation images, and then"
        " neither has its sample.",
        "It ranks by law-distance, which sees noise by the samples without a mode, and collapse by the other modes.",
    )

    def examples(self, split: Literal["train", "validation", "test"]) -> Sequence[Example]:
        """Return 4000 training stacks, 400 for validation, or 300 empty conditions with 20 references each."""
        return _examples(split)

    def real_pool(self) -> Tensor:
        """Return the 4000 training stacks."""
        import torch

        return torch.cat([example.references for example in self.examples("train")])

    def draw(self, ids: Sequence[str], num_samples: int, noise: Noise) -> Tensor:
        """Draw fresh stacks of the held-out images."""
        uniform = noise.uniform(CHANNELS, 2).cpu().double().numpy()
        return _stacks("test", uniform)

    def mode_probabilities(self, id: str) -> Tensor:
        """Return 1/1000 for each of the modes."""
        import torch

        return torch.full((self.num_modes,), 1 / self.num_modes, dtype=torch.float64)

    def assign_modes(self, id: str, samples: Tensor) -> Tensor:
        """Return 100 r + 10 g + b of the digits r, g, b that the channels show, or -1 where one shows none."""
        import torch

        read = reader.read(samples.flatten(0, 1)).unflatten(0, samples.shape[:2])
        places = torch.tensor([digits.CLASSES**place for place in reversed(range(CHANNELS))])
        return torch.where((read >= 0).all(1), (read * places).sum(1), -1)


def _stacks(split: str, uniform: np.ndarray) -> Tensor:
    """Return `uint8[…, 3, 32, 32]` from uniform numbers `[…, 3, 2]`: which digit, and which image of it."""
    import torch

    images, own = digits.grey_digits(), digits.members(split)
    digit = (uniform[..., 0] * digits.CLASSES).astype(np.int64)
    sizes = np.array([len(each) for each in own])
    place = (uniform[..., 1] * sizes[digit]).astype(np.int64)
    table = np.zeros((digits.CLASSES, sizes.max()), np.int64)
    for row, each in zip(table, own, strict=True):
        row[: len(each)] = each
    return images[torch.from_numpy(table[digit, place])]


@functools.lru_cache(maxsize=3)
def _examples(split: str) -> tuple[Example, ...]:
    law, size = stream("stacked-digits", 1, split), (num_examples(split), num_references(split))
    stacks = _stacks(split, law.random((*size, CHANNELS, 2)))
    return tuple(Example(f"{i:04d}", {}, own) for i, own in enumerate(stacks))


@hookimpl
def benchbench_tasks() -> Iterable[type[Task]]:
    """Register the task."""
    return (StackedDigits,)
