"""Methods that cheat in known ways: they show what each metric sees, and are the reference rows of every table."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchbench.core import BenchbenchError, Conditions, Method, Task, Unsupported
from benchbench.core.noise import Noise
from benchbench.core.task import enlarged
from benchbench.hookspecs import hookimpl

if TYPE_CHECKING:
    from torch import Tensor


@dataclass
class Baseline(Method):
    """The base of methods without a checkpoint."""

    def prepare(self, task: Task, device: str, checkpoint: Path | None) -> None:
        """Prepare for the task; a baseline has no checkpoint."""
        if checkpoint is not None:
            raise BenchbenchError(f"{self.name} takes no checkpoint, got {checkpoint}")
        self._task, self._device = task, device


@functools.lru_cache(maxsize=1)
def references_of(task: Task) -> tuple[dict[str, int], list[Tensor]]:
    """Return the position of each test id, and each test example's references."""
    examples = task.examples("test")
    return {example.id: i for i, example in enumerate(examples)}, [example.references for example in examples]


@dataclass
class Real(Baseline):
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
class Oracle(Baseline):
    """The true conditional law, where the task knows it: the best that any method can do."""

    name = "oracle"
    summary = "draws from the true law of the condition"
    reads_the_answers = True

    def supports(self, task: Task, checkpoint: Path | None) -> None:
        """Raise `Unsupported` where the law is not known."""
        require_law(task)

    def prepare(self, task: Task, device: str, checkpoint: Path | None) -> None:
        """Raise `Unsupported` where the law is not known."""
        self.supports(task, checkpoint)
        super().prepare(task, device, checkpoint)

    def sample(self, conditions: Conditions, num_samples: int, noise: Noise) -> Tensor:
        """Return draws of the true law."""
        return self._task.draw(conditions.ids, num_samples, noise)


@dataclass
class Collapsed(Baseline):
    """One true output per condition, K times: perfect realism, no diversity."""

    name = "collapsed"
    summary = "one true output of the condition, repeated"
    reads_the_answers = True

    def sample(self, conditions: Conditions, num_samples: int, noise: Noise) -> Tensor:
        """Return the truth's first draw (the reference where the law is not known) for every sample."""
        truth = truth_of(self._task, conditions, num_samples, noise)
        return truth[:, :1].expand_as(truth).contiguous()


@dataclass
class Unconditional(Baseline):
    """True outputs of other conditions: diverse and realistic, but independent of the condition."""

    name = "unconditional"
    summary = "true outputs of other conditions of the test"
    reads_the_answers = True

    def prepare(self, task: Task, device: str, checkpoint: Path | None) -> None:
        """Raise `Unsupported` for tasks without a condition, where there is nothing to ignore."""
        super().prepare(task, device, checkpoint)
        require_condition(task)

    def sample(self, conditions: Conditions, num_samples: int, noise: Noise) -> Tensor:
        """Return, for each sample, a reference of another test example."""
        return of_others(self._task, conditions, noise)


@dataclass
class Copy(Baseline):
    """The condition itself, enlarged by a bicubic filter if it is smaller: deterministic, faithful, not diverse."""

    name = "copy"
    summary = "the condition image itself, enlarged (bicubic) if it is smaller"

    def prepare(self, task: Task, device: str, checkpoint: Path | None) -> None:
        """Raise `Unsupported` unless the condition is an image."""
        super().prepare(task, device, checkpoint)
        image = task.examples("test")[0].condition.get("image")
        if image is None:
            raise Unsupported("needs an image as condition, RGB or of one channel")
        enlarged(image[None], task.space)

    def sample(self, conditions: Conditions, num_samples: int, noise: Noise) -> Tensor:
        """Return the enlarged condition, K times; one channel becomes three equal ones."""
        bytes_ = enlarged(conditions["image"], self._task.space)
        return bytes_[:, None].expand(-1, num_samples, -1, -1, -1).contiguous()


@dataclass
class WhiteNoise(Baseline):
    """Independent uniform bytes (standard normal points): the most diverse and the least real."""

    name = "noise"
    summary = "white noise"

    def sample(self, conditions: Conditions, num_samples: int, noise: Noise) -> Tensor:
        """Return noise."""
        if self._task.space.kind == "points":
            return noise.normal(*self._task.space.shape)
        return noise.integers(256, *self._task.space.shape).byte()


def require_law(task: Task) -> None:
    """Raise `Unsupported` where the true conditional law is not known."""
    examples = task.examples("test")
    task.draw([examples[0].id], 1, Noise.for_samples((task.name, task.version), 0, [examples[0].id], 1))


def truth_of(task: Task, conditions: Conditions, num_samples: int, noise: Noise) -> Tensor:
    """Return draws of the true law `[B, K, *shape]`; where it is not known, each condition's reference, repeated."""
    import torch

    try:
        return task.draw(conditions.ids, num_samples, noise)
    except Unsupported:
        index, references = references_of(task)
        return torch.stack([references[index[id]][:1].expand(num_samples, *task.space.shape) for id in conditions.ids])


def require_condition(task: Task) -> None:
    """Raise `Unsupported` for tasks without a condition."""
    if not task.examples("test")[0].condition:
        raise Unsupported("there is no condition to ignore")


def of_others(task: Task, conditions: Conditions, noise: Noise) -> Tensor:
    """Return, for each sample `[B, K, *shape]`, a reference of another test example."""
    import torch

    index, references = references_of(task)
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


@hookimpl
def benchbench_methods() -> Iterable[type[Method]]:
    """Register the baselines."""
    return (Real, Oracle, Collapsed, Unconditional, Copy, WhiteNoise)
