"""A run in names and numbers, which travels to any process and is opened there."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchbench.core import Method, Protocol, Task
from benchbench.evaluation.answers import visible_to
from benchbench.evaluation.fast import compile_networks
from benchbench.evaluation.resolve import resolve_scores
from benchbench.evaluation.session import Session, Setting, open_session
from benchbench.plugins import registry
from benchbench.system.determinism import isolated


@dataclass(frozen=True)
class Plan:
    """What a worker needs to know of a run."""

    task: str
    method: str
    options: tuple[tuple[str, Any], ...]
    checkpoint: str | None
    protocol: Protocol
    scores: tuple[str, ...]
    """Score specifications, as asked for."""
    seed: int
    device: str
    cache: str
    """The folder of real features."""
    fingerprint: str
    draw: int = 0
    """Which draw of its generator the task's test is."""
    whole: tuple[tuple[str, str], ...] = ()
    """Stamps of the files of real features, by the extractor's name: a worker does not hash these again."""
    fast: bool = False

    @property
    def stage(self) -> Plan:
        """The same without what distinguishes runs that share a session."""
        return dataclasses.replace(self, method="", options=(), checkpoint=None, seed=0)

    def open_session(self) -> Session:
        """Return the session, from what is registered in this process."""
        found = registry()
        task = found.task(self.task).drawn(self.draw)
        setting = Setting(self.seed, self.device, Path(self.cache), dict(self.whole), self.fast)
        return open_session(task, self.fingerprint, self.protocol, resolve_scores(self.scores, task, found), setting)

    def open_method(self, task: Task) -> Method:
        """Return the prepared method, from what is registered in this process."""
        method: Method = registry().get("methods", self.method)(**dict(self.options))
        prepare(method, task, self.device, Path(self.checkpoint) if self.checkpoint else None, self.fast)
        return method


def prepare(method: Method, task: Task, device: str, checkpoint: Path | None, fast: bool = False) -> None:
    """Prepare a method for a task, of which it sees what it may; what it raises is the caller's to judge.

    With `fast` its networks are compiled on a GPU; on a CPU that takes longer than most runs.
    """
    with isolated(device):
        method.prepare(visible_to(method, task), device, checkpoint)
        if fast and device != "cpu":
            compile_networks(method)
