"""Samples of which the first ones lie there already: only the others are drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from benchbench.core import Example, Method
from benchbench.evaluation.session import Session
from benchbench.evaluation.sources import Live

if TYPE_CHECKING:
    from torch import Tensor

There: TypeAlias = "Callable[[str], Tensor | None]"
"""From a condition's id to its first samples `[k, *shape]`, k the same for all; `None` where they cannot be read."""


class Continued(Live):
    """A method's samples from the (k + 1)-th on, behind k that lie there.

    The first condition is drawn in full. Where its first k samples are those that lie there, bit for bit, what lies
    there is right, and the method makes it whatever K is. Otherwise all is drawn.
    """

    def __init__(self, session: Session, method: Method, batch_size: int, there: There) -> None:
        super().__init__(session, method, batch_size)
        self._there = there
        self._right: bool | None = None

    def _samples(self, examples: Sequence[Example]) -> Tensor:
        import torch

        if self._right is None:
            whole = super()._samples(examples[:1])
            found = self._there(examples[0].id)
            self._right = found is not None and torch.equal(whole[0, : len(found)], found)
            return torch.cat([whole, self._samples(examples[1:])]) if examples[1:] else whole
        found = [self._there(each.id) for each in examples] if self._right else []
        first = [each for each in found if each is not None]
        if len(first) < len(examples):
            return super()._samples(examples)
        return torch.cat([torch.stack(first), self._sample(examples, len(first[0]))], 1)
