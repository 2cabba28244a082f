"""Sampling that may round otherwise: `run --fast`, and by how much its samples differ from exact ones."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

from benchbench.core import Method
from benchbench.core.record import Fast
from benchbench.evaluation.networks import networks_of

if TYPE_CHECKING:
    from torch import Tensor

    from benchbench.evaluation.condition import SampledCondition


def bfloat16(device: str) -> AbstractContextManager[object]:
    """Return a context in which torch computes matrix products and convolutions in bfloat16, where it can."""
    import torch

    context: AbstractContextManager[object] = torch.autocast(device.split(":")[0], torch.bfloat16)
    return context


def compile_networks(method: Method) -> None:
    """Let torch compile each network that the method holds, at its first call."""
    for network in networks_of(method):
        network.compile()


@contextmanager
def not_compiled() -> Iterator[None]:
    """Call compiled networks as they are written, where torch can do so (from 2.6 on)."""
    import torch

    if not hasattr(torch.compiler, "set_stance"):
        yield
        return
    with torch.compiler.set_stance("force_eager"):
        yield


def held_against(
    drawn: Iterable[SampledCondition], exact: Sequence[Tensor], found: dict[str, Any]
) -> Iterator[SampledCondition]:
    """Yield the conditions; at the end `found["fast"]` has the fields of their `deviation` from the exact samples."""
    fast = []
    for each in drawn:
        fast.append(each.samples)
        yield each
    found["fast"] = dataclasses.asdict(deviation(fast, exact))


def deviation(fast: Sequence[Tensor], exact: Sequence[Tensor]) -> Fast:
    """Return how far samples `[K, *shape]` of some conditions are from exact ones of the same noise.

    In grey levels for images, and in the units of the points for points.
    """
    import torch

    apart = (torch.stack(list(fast)).double() - torch.stack(list(exact)).double()).abs()
    return Fast(float(apart.mean()), float(apart.max()), apart.shape[0] * apart.shape[1])
