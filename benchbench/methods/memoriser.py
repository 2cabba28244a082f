"""`memoriser`: what a public test invites, and what sealed editions are for."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchbench.core import Conditions, Method, Task
from benchbench.core.noise import Noise
from benchbench.hookspecs import hookimpl
from benchbench.methods.baselines import Baseline, require_condition, truth_of
from benchbench.plugins import registry

if TYPE_CHECKING:
    from torch import Tensor


@dataclass
class Memoriser(Baseline):
    """A condition of the public test, and its true outputs: perfect there, and there alone.

    It makes the public test from the public code, as a cheat could in `sample`, and never looks at the test that it is
    run on. It says that it reads the answers, so it is a reference row: no board ranks it.
    """

    name = "memoriser"
    summary = "true outputs of the nearest condition of the public test"
    reads_the_answers = True
    by_name_only = True

    exact: bool = False
    """Look a condition up by its bytes, and give one that is not public the truth of any; else that of the nearest."""

    def prepare(self, task: Task, device: str, checkpoint: Path | None) -> None:
        """Make the public test; raise `Unsupported` for tasks without a condition, which have nothing to look up."""
        import torch

        super().prepare(task, device, checkpoint)
        require_condition(task)
        self._public: Task = registry().get("tasks", task.name)()
        examples = self._public.examples("test")
        self._ids = [example.id for example in examples]
        self._places = torch.stack([_place(example.condition) for example in examples])
        self._known = {_key(place): number for number, place in enumerate(self._places)}

    def sample(self, conditions: Conditions, num_samples: int, noise: Noise) -> Tensor:
        """Return the truth of a public condition for each condition: its own, or the one that is taken for it."""
        import torch

        places = [_place({name: each[i] for name, each in conditions.values.items()}) for i in range(len(conditions))]
        if self.exact:
            found = [self._known.get(key, int(key, 16) % len(self._ids)) for key in map(_key, places)]
        else:
            found = torch.cdist(torch.stack(places), self._places).argmin(1).tolist()
        known = dataclasses.replace(conditions, ids=tuple(self._ids[number] for number in found))
        return truth_of(self._public, known, num_samples, noise)


def _place(condition: Mapping[str, Tensor]) -> Tensor:
    """Return a condition as a point `float64[D]`."""
    import torch

    return torch.cat([condition[name].cpu().double().flatten() for name in sorted(condition)])


def _key(place: Tensor) -> str:
    """Return the SHA-256 of a point."""
    return hashlib.sha256(place.numpy().tobytes()).hexdigest()


@hookimpl
def benchbench_methods() -> Iterable[type[Method]]:
    """Register the method."""
    return (Memoriser,)
