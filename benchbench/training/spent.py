"""What a training costs: processor time, or time on GPUs, over all its interruptions."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

Clock = Callable[[], float]
"""Returns seconds from some start."""


class Spent:
    """Seconds of one training so far, of all its processes together."""

    def __init__(self, device: str, processes: int = 1, clock: Clock | None = None) -> None:
        """Count from now on: processor time on a CPU, wall time on GPUs; `processes` are taken to cost the same."""
        self._name = "core_seconds" if device == "cpu" else "gpu_seconds"
        self._clock = clock or (time.process_time if device == "cpu" else time.perf_counter)
        self._processes = processes
        self._began, self._before = self._clock(), 0.0

    def restore(self, state: Mapping[str, float]) -> None:
        """Go on from what the training cost until its state was saved."""
        self._began, self._before = self._clock(), state.get(self._name, 0.0)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Leave out what this block costs, for it trains nothing."""
        began = self._clock()
        try:
            yield
        finally:
            self._began += self._clock() - began

    def state(self) -> dict[str, float]:
        """Return the seconds so far, as `core_seconds` or `gpu_seconds`: for the state, and for the checkpoint."""
        return {self._name: self._before + (self._clock() - self._began) * self._processes}
