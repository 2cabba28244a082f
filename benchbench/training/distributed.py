"""Processes that `torchrun` started to train together; without it, one process that is all of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

from benchbench.core import BenchbenchError, WrongUsage

if TYPE_CHECKING:
    from torch import Tensor


def world_size() -> int:
    """Return how many processes `torchrun` started; 1 without it."""
    return _number("WORLD_SIZE", 1)


def rank() -> int:
    """Return this process's number among them, from 0."""
    return _number("RANK", 0)


def _number(variable: str, default: int) -> int:
    given = os.environ.get(variable, str(default))
    if not given.isdecimal():
        raise WrongUsage(f"{variable} is {given!r}, expected a number, as torchrun sets it")
    return int(given)


def own_device(device: str) -> str:
    """Return the device of this process: on GPUs, one per process."""
    return f"cuda:{os.environ.get('LOCAL_RANK', '0')}" if device == "cuda" and world_size() > 1 else device


@contextmanager
def together(device: str) -> Iterator[int]:
    """Join the processes (NCCL on GPUs, Gloo elsewhere) and yield this one's rank; they part at the end.

    Inside another such context it is that one. Raise `BenchbenchError` where they cannot join.
    """
    if world_size() == 1:
        yield 0
        return
    import torch

    if torch.distributed.is_initialized():
        yield rank()
        return
    try:
        if device.startswith("cuda"):
            torch.cuda.set_device(own_device(device))
        torch.distributed.init_process_group("nccl" if device.startswith("cuda") else "gloo")
    except (RuntimeError, ValueError) as error:
        said = str(error).strip().splitlines()[0]
        raise BenchbenchError(
            f"the {world_size()} processes of WORLD_SIZE cannot join ({said}): start them with torchrun, one GPU each"
        ) from None
    try:
        yield rank()
    finally:
        torch.distributed.destroy_process_group()


@contextmanager
def first_holds(hold: Callable[[], AbstractContextManager[Any]]) -> Iterator[None]:
    """Enter `hold()` in the first process; where that raises, every process raises what it said."""
    if world_size() == 1:
        with hold():
            yield
        return
    import torch

    said: list[str | None] = [None]
    context = hold() if rank() == 0 else None
    if context is not None:
        try:
            context.__enter__()
        except BenchbenchError as error:
            said, context = [str(error)], None
    torch.distributed.broadcast_object_list(said)
    if said[0] is not None:
        raise BenchbenchError(said[0])
    try:
        yield
    finally:
        if context is not None:
            context.__exit__(None, None, None)


def mean(values: Tensor) -> Tensor:
    """Return the mean over the processes of the same values in each."""
    if world_size() > 1:
        import torch

        torch.distributed.all_reduce(values)
        values /= world_size()
    return values


def wait() -> None:
    """Wait for the other processes."""
    if world_size() > 1:
        import torch

        torch.distributed.barrier()
