"""Where the time of a run's jobs goes."""

from __future__ import annotations

import time
from dataclasses import dataclass, fields, replace


@dataclass(frozen=True)
class Seconds:
    """Wall time in a worker, by what it was spent on."""

    loading: float = 0.0
    """Preparing the method, loading extractors, reading the features of real images."""
    sampling: float = 0.0
    """In the method, the conditions and the noise that it is given, and the check of what it returns."""
    features: float = 0.0
    """In the extractors."""
    scoring: float = 0.0
    """In the metrics, of conditions and of the set."""
    writing: float = 0.0
    """Shards and kept samples."""

    def __add__(self, other: Seconds) -> Seconds:
        return Seconds(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))

    @property
    def total(self) -> float:
        """All of it."""
        return self.loading + self.sampling + self.features + self.scoring + self.writing


class Clock:
    """Notes what the time since its last lap was spent on."""

    def __init__(self) -> None:
        self.seconds = Seconds()
        self._since = time.perf_counter()

    def lap(self, part: str) -> None:
        """Count the time since the last lap for this part."""
        now = time.perf_counter()
        self.seconds = replace(self.seconds, **{part: getattr(self.seconds, part) + now - self._since})
        self._since = now
