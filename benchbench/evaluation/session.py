"""What a command resolves once and hands on: no name is looked up below a session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchbench.core import Protocol, Task
from benchbench.evaluation import extractors, real
from benchbench.evaluation.extractors import Embed
from benchbench.evaluation.real import RealFeatures
from benchbench.evaluation.resolve import ResolvedScore
from benchbench.system.determinism import isolated


@dataclass(frozen=True)
class Session:
    """A task with all that sampling and scoring need of it."""

    task: Task
    fingerprint: str
    protocol: Protocol
    """With the numbers of conditions and samples that are scored here."""
    scores: tuple[ResolvedScore, ...]
    seed: int
    device: str
    embed: Mapping[str, Embed]
    """The loaded extractors of the scores, by name."""
    real: Mapping[str, RealFeatures]
    """The features of the task's real images, by the extractor's name."""
    fast: bool = False
    """Whether the method's networks may round otherwise (`benchbench.evaluation.fast`)."""

    @property
    def num_conditions(self) -> int:
        """How many of the test conditions are scored, from the first one on."""
        assert self.protocol.num_conditions is not None
        return self.protocol.num_conditions


@dataclass(frozen=True)
class Setting:
    """Where and from what a session computes."""

    seed: int
    device: str
    cache: Path
    """The folder of real features."""
    whole: Mapping[str, str] = field(default_factory=dict)
    """By the extractor's name, the stamp of a file there that was found whole (`benchbench.evaluation.real.stamp`)."""
    fast: bool = False


def open_session(
    task: Task, fingerprint: str, protocol: Protocol, scores: tuple[ResolvedScore, ...], setting: Setting
) -> Session:
    """Return the session with its extractors loaded, and the features of the real images computed or read."""
    device = setting.device
    used = {score.features.name: score.features for score in scores if score.features}
    embed, known = {}, {}
    for name, extractor in used.items():
        path = real.cache_path(setting.cache, task, fingerprint, extractor)
        with isolated(device):
            embed[name] = extractors.load(extractor, device)
            known[name] = real.prepare(path, task, task.examples("test"), embed[name], setting.whole.get(name, ""))
    return Session(task, fingerprint, protocol, scores, setting.seed, device, embed, known, setting.fast)
