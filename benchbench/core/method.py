"""A method under test."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from benchbench.core.errors import Unsupported
from benchbench.core.example import Conditions
from benchbench.core.task import Task
from benchbench.core.trainer import Trainer

if TYPE_CHECKING:
    from torch import Tensor

    from benchbench.core.declaration import Declaration
    from benchbench.core.engine import Engine
    from benchbench.core.noise import Noise
    from benchbench.core.protocol import Protocol


@dataclass
class Method(ABC):
    """A generative approach with its options (the dataclass fields of a subclass), under test."""

    name: ClassVar[str]
    version: ClassVar[int] = 1
    summary: ClassVar[str] = ""
    source: ClassVar[str] = ""
    """Where it is published: authors, venue, year, arXiv number, and the equation if one says it all."""
    reads_the_answers: ClassVar[bool] = False
    """A reference row, shown but never ranked: it looks at references that a generator cannot see."""
    by_name_only: ClassVar[bool] = False
    """Run when it is asked for, not by a `run` without `-m`."""
    uses_batch_generator: ClassVar[bool] = False
    """It draws from `noise.generator()`, so the batch size belongs to the identity of its runs."""
    sampling_options: ClassVar[tuple[str, ...]] = ()
    """Options that sampling alone reads (steps of a sampler, a temperature): one checkpoint serves every value."""
    later_options: ClassVar[tuple[str, ...]] = ()
    """Options added to this version of the method, whose defaults do what it did before: at these they are left out of
    what identifies runs and checkpoints, so that earlier ones stand."""

    @abstractmethod
    def prepare(self, task: Task, device: str, checkpoint: Path | None) -> None:
        """Get ready to sample for `task`; raise `Unsupported` with the reason where that is not possible.

        `checkpoint` is the file that the user names; `None` means the one from `default_checkpoint`.
        """

    @abstractmethod
    def sample(self, conditions: Conditions, num_samples: int, noise: Noise) -> Tensor:
        """Return K = `num_samples` samples for each of the B conditions, `uint8[B, K, 3, H, W]` for image tasks."""

    def supports(self, task: Task, checkpoint: Path | None) -> None:
        """Raise `Unsupported` with the reason where it is known without loading anything that it cannot serve `task`.

        Asked of every method before a sweep begins, so that what is skipped costs no worker a start and no estimate
        counts it. `prepare` may refuse too.
        """
        return

    def log_likelihood(self, conditions: Conditions, references: Tensor, noise: Noise) -> Tensor:
        """Return `float64[B, R]`: the log density, in nats, of references `[B, R, *space.shape]` given B conditions.

        Of images it is that of their values on the scale of 0..255, each plus uniform noise of width 1 around 0, which
        bounds the log probability of the bytes from below (Theis et al. 2016). A method that only knows a lower bound
        returns that. Raise `Unsupported` where there is no density. It is asked for a metric with `uses_likelihood`.
        """
        raise Unsupported(f"{self.name} has no likelihood")

    def default_checkpoint(self, task: Task) -> Path | None:
        """Return the checkpoint that ships with the method for this task and its trained options, if there is one."""
        return None

    def checkpoint_hash(self, task: Task, checkpoint: Path, protocol: Protocol) -> str | None:
        """Return the SHA-256 of what a run reads of the checkpoint; `None` where that is all of its files."""
        return None

    def declaration(self) -> Declaration | None:
        """Return what it was trained with: data, pretrained weights with their licences, extractors in its losses.

        `None` is unknown, and tables show it as unknown. A checkpoint of `benchbench fit` says itself what it was
        trained against.
        """
        return None

    def own_label(self) -> str:
        """Return a name for tables that the user gave; empty: tables show the method's name with its options."""
        return ""

    def trainer(self, task: Task, engine: Engine, steps: int | None = None) -> Trainer:
        """Return what trains this method on `task`; raise `Unsupported` where there is nothing to train.

        `steps` is the number of steps that is asked for (`fit --steps`); `None`: the method's own number.
        """
        raise Unsupported(f"{self.name} has nothing to train")

    def options(self) -> dict[str, Any]:
        """Return the options as a JSON-ready mapping, which belongs to the identity of a run.

        Those of `later_options` are left out at their defaults.
        """
        defaults = {field.name: field.default for field in dataclasses.fields(self) if field.init}
        given = {name: getattr(self, name) for name in defaults}
        return {name: v for name, v in given.items() if name not in self.later_options or v != defaults[name]}

    def trained_options(self) -> dict[str, Any]:
        """Return the options that belong to the identity of a checkpoint: all but those that sampling alone reads."""
        return {name: value for name, value in self.options().items() if name not in self.sampling_options}
