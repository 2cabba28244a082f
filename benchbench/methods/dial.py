"""`dial`: the truth with known faults, each turned up from zero, to calibrate metrics."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

from benchbench.core import BenchbenchError, Conditions, Method, Task, Unsupported
from benchbench.core.noise import Noise
from benchbench.hookspecs import hookimpl
from benchbench.methods._alike import alike
from benchbench.methods.baselines import Baseline, of_others, references_of, require_condition, require_law, truth_of

if TYPE_CHECKING:
    from torch import Tensor

_BLOCK = 256


@dataclass(frozen=True)
class Fault:
    """One dial: the meaning of its setting, and the steps that calibrate a metric, from rest to full."""

    unit: str
    steps: tuple[float, ...]


FAULTS = {
    "collapse": Fault("share of samples that are identical", (0, 0.25, 0.5, 1)),
    "blur": Fault("standard deviation, px", (0, 0.5, 1, 2)),
    "noise": Fault("standard deviation, grey levels", (0, 4, 16, 64)),
    "ignore": Fault("share of samples that are of other conditions", (0, 0.1, 0.5, 1)),
    "memorise": Fault("share of samples that are training images", (0, 0.25, 0.5, 1)),
}
"""By the option of `Dial` that turns it."""


_GREY = 255
"""The range of grey levels, of which the steps of `noise` are shares: of a standard deviation where there are none."""


def steps_of(dial: str, task: Task) -> tuple[float, ...]:
    """Return the steps that calibrate a metric on this task; of points, noise goes by the deviation of the pool."""
    steps = FAULTS[dial].steps
    if dial != "noise" or task.space.kind != "points":
        return steps
    deviation = float(task.real_pool().double().std(0).mean())
    return tuple(float(f"{step / _GREY * deviation:.2g}") for step in steps)


def unit_of(dial: str, task: Task) -> str:
    """Return what the setting of a dial is on this task."""
    if dial == "noise" and task.space.kind == "points":
        return "standard deviation, units of the points"
    return FAULTS[dial].unit


def at_rest(task: Task) -> str:
    """Return in words what the dial gives at rest, which limits what the task can calibrate."""
    if _knows_law(task):
        return "fresh draws of the true law of each condition"
    if alike(task).repeat:
        number = min(len(outputs) for outputs in alike(task).outputs)
        return f"draws from the held-out outputs of all conditions that are the same, {number} or more"
    return "one true output per condition, repeated: metrics of diversity and of collapse start from their far end"


def _knows_law(task: Task) -> bool:
    try:
        require_law(task)
    except Unsupported:
        return False
    return True


@dataclass
class Dial(Baseline):
    """The truth with known faults, to calibrate metrics: `dial[collapse=0.25]`, `dial[blur=1]`, `dial[ignore=0.1]`.

    Where the law is not known, the truth is one of the references of all conditions that are the same (without a
    condition, of all); where some condition is given only once, it is the one reference of the condition, K times.
    """

    name = "dial"
    version = 2
    summary = "the truth with given shares of collapsed, unconditional or memorised samples, blur or noise"
    reads_the_answers = True
    by_name_only = True

    collapse: float = 0.0
    """Share of the K samples that are identical, 0 to 1; rounded to whole samples. Conditions that are the same share
    the one sample, so that a generator without a condition collapses to one output over the whole test."""
    blur: float = 0.0
    """Standard deviation of a Gaussian blur, in pixels."""
    noise: float = 0.0
    """Standard deviation of added Gaussian noise, in grey levels (or in units of the points)."""
    ignore: float = 0.0
    """Share of the K samples that are true outputs of other test conditions."""
    memorise: float = 0.0
    """Share of the K samples that are training images: the nearest to the truth, the second nearest, and so on."""

    def prepare(self, task: Task, device: str, checkpoint: Path | None) -> None:
        """Check the options against the task."""
        super().prepare(task, device, checkpoint)
        self._check_values()
        if self.blur and task.space.kind != "images":
            raise Unsupported("points cannot be blurred")
        if self.ignore:
            require_condition(task)
        self._alike = alike(task)
        self._pooled = self._alike.repeat and not _knows_law(task)
        if self.collapse and not (self._pooled or _knows_law(task)):
            raise Unsupported("the known truth is one reference per condition: repeated, it is collapsed already")
        self._pool = task.real_pool() if self.memorise else None

    def _check_values(self) -> None:
        shares = {"collapse": self.collapse, "ignore": self.ignore, "memorise": self.memorise}
        for name, value in shares.items():
            if not 0 <= value <= 1:
                raise BenchbenchError(f"dial: {name} is a share of the samples in [0, 1], got {value}")
        if sum(shares.values()) > 1 + 1e-9:
            given = ", ".join(f"{name} {value}" for name, value in shares.items())
            raise BenchbenchError(f"dial: the shares are of the same samples and sum to at most 1, got {given}")
        if not (0 <= self.blur < float("inf") and 0 <= self.noise < float("inf")):
            raise BenchbenchError(f"dial: blur and noise are at least 0, got {self.blur} and {self.noise}")

    def sample(self, conditions: Conditions, num_samples: int, noise: Noise) -> Tensor:
        """Return true samples, first the collapsed, then the memorised, those of other conditions last of all."""
        import torch

        samples = self._truth(conditions, num_samples, noise)
        shares = accumulate((self.collapse, self.memorise))
        collapsed, memorised = (round(share * num_samples) for share in shares)
        one = self._alike.first(conditions)[:, None] if self._alike.repeat else samples[:, :1]
        samples[:, :collapsed] = one
        if self.memorise:
            samples[:, collapsed:memorised] = self._recalled(conditions, num_samples, noise)[:, collapsed:memorised]
        if others := min(round(self.ignore * num_samples), num_samples - memorised):
            samples[:, -others:] = of_others(self._task, conditions, noise)[:, -others:]
        if not (self.blur or self.noise):
            return samples
        values = samples.double()
        if self.blur:
            values = _blur(values.flatten(0, 1), self.blur).reshape(values.shape)
        if self.noise:
            values = values + self.noise * noise.normal(*self._task.space.shape).cpu().double()
        if samples.dtype == torch.uint8:
            return values.round().clamp(0, 255).byte()
        return values.float()

    def _truth(self, conditions: Conditions, num_samples: int, noise: Noise) -> Tensor:
        """Return true samples, `[B, K, *shape]`, which may be written to."""
        if self._pooled:
            return self._alike.draw(conditions, noise)
        return truth_of(self._task, conditions, num_samples, noise).clone()

    def _recalled(self, conditions: Conditions, num_samples: int, noise: Noise) -> Tensor:
        """Return `[B, K, *shape]` of the pool: the k-th nearest to the truth, or any where there is no condition."""
        assert self._pool is not None
        if not conditions.values:
            return self._pool[noise.integers(len(self._pool)).cpu()]
        if num_samples > len(self._pool):
            raise BenchbenchError(
                f"dial: {num_samples} samples cannot be distinct ones of {len(self._pool)} training images"
            )
        index, _ = references_of(self._task)
        return self._pool[nearest_in_pool(self._task, num_samples)[[index[id] for id in conditions.ids]]]


@functools.lru_cache(maxsize=1)
def nearest_in_pool(task: Task, number: int) -> Tensor:
    """Return `int64[n, number]`: the places in the pool of those nearest to each test example's first reference.

    In plain pixels, the nearest first. In float64, where sums of squared bytes are exact, so that all ties are true.
    """
    import torch

    truths = torch.stack([references[0] for references in references_of(task)[1]]).flatten(1).double()
    squares = []
    for part in task.real_pool().flatten(1).split(_BLOCK):
        block = part.double()
        squares.append(block.square().sum(1) - 2 * truths @ block.T)
    return torch.cat(squares, 1).sort(dim=1, stable=True).indices[:, :number].contiguous()


def _blur(images: Tensor, std: float) -> Tensor:
    import torch
    from torch.nn import functional

    radius = int(3 * std + 1)
    offsets = torch.arange(-radius, radius + 1, dtype=images.dtype)
    kernel = torch.exp(-offsets.square() / (2 * std**2))
    kernel = (kernel / kernel.sum()).repeat(images.shape[1], 1, 1, 1)
    padded = functional.pad(images, (radius,) * 4, mode="replicate")
    padded = functional.conv2d(padded, kernel, groups=images.shape[1])
    return functional.conv2d(padded, kernel.transpose(2, 3), groups=images.shape[1])


@hookimpl
def benchbench_methods() -> Iterable[type[Method]]:
    """Register the dial."""
    return (Dial,)
