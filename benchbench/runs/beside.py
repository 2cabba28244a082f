"""What goes on beside the scoring of a shard on a GPU: the next samples are drawn, and images are written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from benchbench.system.ahead import Ahead, Behind

if TYPE_CHECKING:
    from benchbench.evaluation.condition import SampledCondition

Write = Callable[..., None]
"""Called with a function that writes, and its arguments."""


@contextmanager
def sampled_ahead(
    drawn: Iterator[SampledCondition], device: str, batch_size: int
) -> Iterator[Iterator[SampledCondition]]:
    """Give the conditions; on a GPU a thread draws them on a CUDA stream of its own, up to a batch ahead.

    A worker on a CPU has one core, on which nothing goes on beside anything else.
    """
    if device == "cpu":
        yield drawn
        return
    with Ahead(_on_own_stream(drawn, device), batch_size) as ready:
        yield ready


def _on_own_stream(drawn: Iterator[SampledCondition], device: str) -> Iterator[SampledCondition]:
    """Yield the conditions; the stream begins when all that was asked of the device before is done."""
    import torch

    stream = torch.cuda.Stream(device)
    stream.wait_stream(torch.cuda.default_stream(device))
    with torch.cuda.stream(stream), torch.no_grad():
        yield from drawn


@contextmanager
def written(device: str) -> Iterator[Write]:
    """Give what calls a function that writes: on a GPU by a thread, which is done at the end of the block."""
    if device == "cpu":
        yield _at_once
        return
    with Behind() as write:
        yield write


def _at_once(function: Callable[..., None], *arguments: Any) -> None:
    function(*arguments)
