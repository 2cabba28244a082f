"""The kinds of plugin, and the events that reporters hear of, in one table each; all that lists them reads these."""

from __future__ import annotations

from dataclasses import dataclass

from benchbench.core.executor import Executor
from benchbench.core.features import FeatureExtractor
from benchbench.core.method import Method
from benchbench.core.metric import Metric
from benchbench.core.protocol import Protocol
from benchbench.core.task import Task


@dataclass(frozen=True)
class Kind:
    """One kind of plugin."""

    name: str
    """As in `benchbench list tasks`; also the package of the built-in ones and the registry's attribute."""
    noun: str
    """One of them, in messages."""
    base: type
    """What its plugins subclass or, where they are values, are instances of."""
    values: bool = False
    """Its hook returns instances; those of the others return classes."""

    @property
    def hook(self) -> str:
        """The name of its hook."""
        return f"benchbench_{self.name}"

    @property
    def word(self) -> str:
        """Its noun as one word, as in `benchbench new extractor NAME`."""
        return self.noun.split()[-1]


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("tasks", "task", Task),
        Kind("methods", "method", Method),
        Kind("features", "feature extractor", FeatureExtractor),
        Kind("metrics", "metric", Metric),
        Kind("executors", "executor", Executor),
        Kind("protocols", "protocol", Protocol, values=True),
    )
}
EVENTS: dict[str, str] = {
    event: f"benchbench_{event}"
    for event in (
        "run_started",
        "shard_done",
        "run_finished",
        "edition_published",
        "training_progress",
        "training_finished",
    )
}
"""From each event that reporters may hear of to its hook."""
REPORTER = "reporter"
"""What a plugin is called that implements the hook of an event."""


def nouns(last: str = ", ") -> str:
    """Return the nouns of all kinds in a row, the last one after `last`: `task, method, … or protocol`."""
    *others, final = (kind.noun for kind in KINDS.values())
    return ", ".join(others) + last + final
