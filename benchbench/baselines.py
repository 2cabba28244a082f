"""Methods that cheat in known ways: they tell what each metric sees, and they are the reference rows of every table."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchbench.core import BenchbenchError, Conditions, Method, Task, Unsupported
from benchbench.hookspecs import hookimpl
from benchbench.noise import Noise

if TYPE_CHECKING:
    from torch import Tensor


@dataclass
class _Baseline(Method):
    def prepare(self, task: Task, device: str, checkpoint: Path | None) -> None:
        """Take up the task; a baseline has no checkpoint."""
        if checkpoint is not None:
            raise BenchbenchError(f"{self.name} takes no checkpoint, got {checkpoint}")
        self._task, self._device = task, device


@functools.lru_cache(maxsize=1)
def _references(task: type[Task]) -> tuple[dict[str, int], list[Tensor]]:
    """Return the position of each test id, and each test example's references."""
    examples = task().examples("test")
    return {example.id: i for i, example in enumerate(examples)}, [example.references for example in examples]


@dataclass
class Real(_Baseline):
    """Random real data (Lee et al. 2019; Zhu et al. 2017): training targets, whatever the condition."""

    name = "real"
    summary = "random training targets, whatever the condition"
    reads_the_answers = True

    def prepare(self, task: Task, device: str, checkpoint: Path | None) -> None:
        """Load the training targets."""
        super().prepare(task, device, checkpoint)
        self._pool = task.real_pool()

    def sample(self, conditions: Conditions, num_samples: int, noise: Noise) -> Tensor:
        """Return real images of the training split."""
        return self._pool[noise.integers(len(self._pool)).cpu()]


@dataclass
class Oracle(_Baseline):
    """The true conditional law, where the task knows it: the best that any method can do."""

    name = "oracle"
    summary = "draws from the true law of the condition"
    reads_the_answers = True

    def prepare(self, task: Task, device: str, checkpoint: Path | None) -> None:
        """Raise `Unsupported` where the law is not known."""
        super().prepare(task, device, checkpoint)
        _require_law(task)

    def sample(self, conditions: Conditions, num_samples: int, noise: Noise) -> Tensor:
        """Return draws of the true law."""
        return self._task.draw(conditions.ids, num_samples, noise)


@dataclass
class Collapsed(_Baseline):
    """One true output a condition, K times: perfect realism, no diversity."""

    name = "collapsed"
    summary = "one true output of the condition, repeated"
    reads_the_answers = True

    def sample(self, conditions: Conditions, num_samples: int, noise: Noise) -> Tensor:
        """Return the truth's first draw (the reference where the law is not known) for every sample."""
        truth = _truth(self._task, conditions, num_samples, noise)
        return truth[:, :1].expand_as(truth).contiguous()


@dataclass
class Unconditional(_Baseline):
    """True outputs of other conditions: diverse and realistic, and blind to the condition."""

    name = "unconditional"
    summary = "true outputs of other conditions of the test"
    reads_the_answers = True

    def prepare(self, task: Task, device: str, checkpoint: Path | None) -> None:
        """Raise `Unsupported` for tasks without a condition, where there is nothing to ignore."""
        super().prepare(task, device, checkpoint)
        if not task.examples("test")[0].condition:
            raise Unsupported("there is no condition to ignore")

    def sample(self, conditions: Conditions, num_samples: int, noise: Noise) -> Tensor:
        """Return, for each sample, a reference of another test example."""
        import torch

        index, references = _references(type(self._task))
        other = noise.integers(len(references) - 1).cpu()
        pick = noise.uniform().cpu()
        rows = []
        for i, id in enumerate(conditions.ids):
            chosen = [int(o) + (int(o) >= index[id]) for o in other[i]]
            rows.append(
                torch.stack(
                    [references[c][int(u * len(references[c]))] for c, u in zip(chosen, pick[i].tolist(), strict=True)]
                )
            )
        return torch.stack(rows)


@dataclass
class Copy(_Baseline):
    """The condition itself, enlarged by a bicubic filter where it is smaller: deterministic, faithful, not diverse."""

    name = "copy"
    summary = "the condition image itself, bicubic where it must be enlarged"

    def prepare(self, task: Task, device: str, checkpoint: Path | None) -> None:
        """Raise `Unsupported` unless the condition is an RGB image."""
        super().prepare(task, device, checkpoint)
        image = task.examples("test")[0].condition.get("image")
        if image is None or task.space.kind != "images" or image.shape[0] != 3:
            raise Unsupported("needs an RGB image as condition")

    def sample(self, conditions: Conditions, num_samples: int, noise: Noise) -> Tensor:
        """Return the enlarged condition, K times."""
        import torch

        image, size = conditions["image"].float(), self._task.space.shape[1:]
        large = image
        if tuple(image.shape[2:]) != size:
            large = torch.nn.functional.interpolate(image, size=size, mode="bicubic", align_corners=False)
        bytes_ = large.round().clamp(0, 255).byte()
        return bytes_[:, None].expand(-1, num_samples, -1, -1, -1).contiguous()


@dataclass
class WhiteNoise(_Baseline):
    """Independent uniform bytes (standard normal points): the most diverse and the least real."""

    name = "noise"
    summary = "white noise"

    def sample(self, conditions: Conditions, num_samples: int, noise: Noise) -> Tensor:
        """Return noise."""
        if self._task.space.kind == "points":
            return noise.normal(*self._task.space.shape)
        return noise.integers(256, *self._task.space.shape).byte()


@dataclass
class Dial(_Baseline):
    """The truth with known faults, to calibrate metrics: `dial[collapse=0.25]`, `dial[blur=1]`, `dial[noise=8]`."""

    name = "dial"
    summary = "the truth with a given share of collapsed samples, blur or noise"
    reads_the_answers = True
    by_name_only = True

    collapse: float = 0.0
    """Share of the K samples that are one and the same, 0 to 1; rounded to whole samples."""
    blur: float = 0.0
    """Standard deviation of a Gaussian blur, in pixels."""
    noise: float = 0.0
    """Standard deviation of added Gaussian noise, in grey levels (or in units of the points)."""

    def prepare(self, task: Task, device: str, checkpoint: Path | None) -> None:
        """Check the options against the task."""
        super().prepare(task, device, checkpoint)
        if not 0 <= self.collapse <= 1:
            raise BenchbenchError(f"dial: collapse is a share of the samples in [0, 1], got {self.collapse}")
        if self.blur < 0 or self.noise < 0:
            raise BenchbenchError(f"dial: blur and noise are at least 0, got {self.blur} and {self.noise}")
        if self.blur and task.space.kind != "images":
            raise Unsupported("points cannot be blurred")
        if self.collapse < 1:
            _require_law(task)

    def sample(self, conditions: Conditions, num_samples: int, noise: Noise) -> Tensor:
        """Return true samples, the first round(collapse * K) of which are one and the same."""
        import torch

        truth = _truth(self._task, conditions, num_samples, noise).clone()
        truth[:, : round(self.collapse * num_samples)] = truth[:, :1]
        if not (self.blur or self.noise):
            return truth
        values = truth.double()
        if self.blur:
            values = _blur(values.flatten(0, 1), self.blur).reshape(values.shape)
        if self.noise:
            values = values + self.noise * noise.normal(*self._task.space.shape).cpu().double()
        if truth.dtype == torch.uint8:
            return values.round().clamp(0, 255).byte()
        return values.float()


def _require_law(task: Task) -> None:
    examples = task.examples("test")
    task.draw([examples[0].id], 1, Noise.for_samples((task.name, task.version), 0, [examples[0].id], 1))


def _truth(task: Task, conditions: Conditions, num_samples: int, noise: Noise) -> Tensor:
    import torch

    try:
        return task.draw(conditions.ids, num_samples, noise)
    except Unsupported:
        index, references = _references(type(task))
        return torch.stack([references[index[id]][:1].expand(num_samples, *task.space.shape) for id in conditions.ids])


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
    """Register the baselines."""
    return (Real, Oracle, Collapsed, Unconditional, Copy, WhiteNoise, Dial)
