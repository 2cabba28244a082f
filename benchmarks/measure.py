"""Seconds and peak memory of one process."""

from __future__ import annotations

import ctypes
import gc
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch


@dataclass(frozen=True)
class Measured:
    """What a call gave, and what it took."""

    value: Any
    seconds: float
    peak: int | None
    """The largest resident size of this process during the call, in bytes (on CUDA: allocated by torch on the device);
    `None` where the kernel does not let it be reset."""


class Clock:
    """Seconds by name, added up, with the device synchronised at both ends."""

    def __init__(self, device: str) -> None:
        self.device = device
        self.seconds: Counter[str] = Counter()

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        """Add the seconds of the block to this name."""
        synchronise(self.device)
        began = time.perf_counter()
        yield
        synchronise(self.device)
        self.seconds[name] += time.perf_counter() - began


def measure(function: Callable[[], Any], device: str) -> Measured:
    """Call the function once; what ran before it counts neither in its seconds nor in its peak."""
    gc.collect()
    resettable = _reset_peak(device)
    clock = Clock(device)
    with clock("all"):
        value = function()
    return Measured(value, clock.seconds["all"], _peak(device) if resettable else None)


def best_of(number: int, function: Callable[[], Any], device: str) -> Measured:
    """Return the quickest of some calls: what is left of the machine's other work is the same on both sides."""
    return min((measure(function, device) for _ in range(number)), key=lambda each: each.seconds)


def synchronise(device: str) -> None:
    """Wait for the device."""
    if device != "cpu":
        torch.cuda.synchronize(device)


def _reset_peak(device: str) -> bool:
    if device != "cpu":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(device)
        return True
    try:
        ctypes.CDLL(None).malloc_trim(0)  # what the allocator still holds of the call before is not this one's
        Path("/proc/self/clear_refs").write_text("5")
    except (AttributeError, OSError):
        return False
    return True


def _peak(device: str) -> int:
    if device != "cpu":
        return torch.cuda.max_memory_allocated(device)
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(lines["VmHWM"].split()[0]) * 1024
