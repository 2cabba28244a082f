"""Test conditions that are the same question: their held-out outputs together are many draws of one law."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchbench.core import Conditions, Task
from benchbench.core.noise import Noise

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, eq=False)
class Alike:
    """The test conditions of a task, gathered where they are the same."""

    group: dict[str, int]
    """The group of each test id."""
    outputs: tuple[Tensor, ...]
    """The references of each group's examples, `[R, *shape]`, in the order of the examples."""
    repeat: bool
    """Whether every condition is given more than once: a pair of photographs may be alike by chance."""

    def draw(self, conditions: Conditions, noise: Noise) -> Tensor:
        """Return `[B, K, *shape]`: for each sample one of the outputs of all conditions that are the same."""
        import torch

        place = noise.uniform().cpu()
        rows = []
        for own, id in zip(place, conditions.ids, strict=True):
            outputs = self.outputs[self.group[id]]
            rows.append(outputs[(own.double() * len(outputs)).long().clamp_max(len(outputs) - 1)])
        return torch.stack(rows)

    def first(self, conditions: Conditions) -> Tensor:
        """Return `[B, *shape]`: the first output of each condition's group, so the same one for the same condition."""
        import torch

        return torch.stack([self.outputs[self.group[id]][0] for id in conditions.ids])


@functools.lru_cache(maxsize=1)
def alike(task: Task) -> Alike:
    """Return which test conditions of a task are the same, byte for byte in every modality."""
    import torch

    numbers: dict[tuple[tuple[str, bytes], ...], int] = {}
    group: dict[str, int] = {}
    references: list[list[Tensor]] = []
    for example in task.examples("test"):
        key = tuple(sorted((name, value.numpy().tobytes()) for name, value in example.condition.items()))
        number = numbers.setdefault(key, len(numbers))
        if number == len(references):
            references.append([])
        references[number].append(example.references)
        group[example.id] = number
    return Alike(group, tuple(torch.cat(each) for each in references), min(map(len, references)) > 1)
