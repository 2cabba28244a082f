"""The methods with their options; nothing heavy is imported here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from benchbench.core import BenchbenchError, Task
from benchbench.training import Engine, TrainedMethod, Trainer, require_form
from benchbench.training.scale import patch
from benchbench.training.turned import Augmentation

from benchbench_scored.sizes import SIZES

if TYPE_CHECKING:
    from benchbench_scored.networks import Generator

NO_EMBEDDING = "none"


@dataclass
class ScoredMethod(TrainedMethod):
    """What the methods share: the generator, and the tasks that it serves."""

    checkpoints = Path(__file__).parent / "checkpoints"

    size: Literal["small", "paper"] = "small"
    """`small`: minutes on a CPU core for 32 and 64 px. `paper`: wider and longer, for a GPU."""
    embedding: str = NO_EMBEDDING
    """A feature extractor in whose embedding samples are compared too, such as `mini`; `none`: by pixels alone.

    The checkpoint says it (`trained_against`): who trains on the extractor that ranks has trained on the judge.
    """

    def require(self, task: Task) -> None:
        """Raise `Unsupported` where the network does not take the task's conditions and give its samples."""
        halvings = len(SIZES[self.size].multiples) - 1
        require_form(task, self.name, lambda side: patch(side) * 2**halvings)

    def make_network(self, task: Task) -> Generator:
        """Return form and network."""
        from benchbench_scored.networks import make_generator

        return make_generator(task, SIZES[self.size])

    def _check_number(self, name: str, value: int, least: int) -> None:
        if value < least:
            raise BenchbenchError(f"{self.name}: {name} is {value}; write {least} or more")


@dataclass
class Engression(ScoredMethod):
    """A generator whose loss is the energy score of its samples against the one true output."""

    name = "engression"
    summary = "a one-step generator trained by the energy score of images, their patches and their scales"
    later_options = ("augmentation",)

    samples: int = 4
    """Samples of each condition in the loss."""
    augmentation: Augmentation = "none"
    """Training pairs are mirrored, or mirrored and turned by quarters, where the law of the task has that symmetry."""

    def __post_init__(self) -> None:
        self._check_number("samples", self.samples, 2)

    def trainer(self, task: Task, engine: Engine, steps: int | None = None) -> Trainer:
        """Return the trainer; it makes the size's steps where none are given."""
        self.require(task)
        from benchbench_scored.training import EngressionTrainer

        return EngressionTrainer(self, task, engine, steps)


@dataclass
class Cimle(ScoredMethod):
    """Conditional implicit maximum likelihood: of many samples the one nearest to the truth is drawn nearer."""

    name = "cimle"
    summary = "conditional implicit maximum likelihood: every truth draws its nearest sample nearer; no adversary"

    codes: int = 32
    """Samples of each condition among which the nearest is sought."""
    pool: int = 256
    """Pairs for which it is sought at once."""
    pool_steps: int = 200
    """Updates on the pairs of a pool."""

    def __post_init__(self) -> None:
        for name in ("codes", "pool", "pool_steps"):
            self._check_number(name, getattr(self, name), 1)

    def trainer(self, task: Task, engine: Engine, steps: int | None = None) -> Trainer:
        """Return the trainer; it makes the size's steps where none are given."""
        self.require(task)
        from benchbench_scored.training import CimleTrainer

        return CimleTrainer(self, task, engine, steps)


METHODS = (Engression, Cimle)
