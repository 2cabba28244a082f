"""What a command asks of its runs, and the session that it opens for them."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchbench.core import BenchbenchError, Method, Protocol, Task
from benchbench.evaluation.fingerprint import fingerprint
from benchbench.evaluation.resolve import resolve_scores, under_extractors, wanted_specifications
from benchbench.evaluation.session import Session, Setting, open_session
from benchbench.evaluation.sources import SHARD_CONDITIONS
from benchbench.plugins import Registry
from benchbench.runs.subject import Subject, by_name
from benchbench.system.environment import source_state
from benchbench.system.memory import machine_memory_bytes
from benchbench.system.paths import named_folder

KEEP = ("none", "gallery", "all")
"""Whose samples a run keeps as images: of no condition, of the first ones, of all."""


@dataclass(frozen=True)
class Request:
    """What all runs of one command share."""

    task: str
    output: Path
    protocol: str | None = None
    """A published protocol in place of the task's own, by name."""
    draw: int = 0
    """Which draw of its generator the task's test is; 0 is the public one."""
    seed: int = 0
    device: str = "cpu"
    limit: int | None = None
    """Fewer conditions than the protocol's: off-protocol."""
    samples: int | None = None
    """Another number of samples per condition: off-protocol."""
    features: tuple[str, ...] = ()
    """Extractors to score with beside the task's own."""
    metrics: tuple[str, ...] = ()
    """Score specifications beside the task's own; `all` stands for each metric that means something on the task."""
    batch_size: int | None = 1
    """Conditions per call of `sample`; `None`: as many as fit, up to a shard on a GPU, and one on a CPU."""
    keep_samples: str = "gallery"
    keep_shards: bool = False
    """Whether shards stay once a run is recorded: another one with more conditions then begins with them."""
    fast: bool = False
    """Whether the method's networks may round otherwise; the record then says by how much."""
    force: bool = False

    def batch_of(self, method: Method) -> int:
        """Return how many conditions a method is given at once."""
        if self.batch_size is not None:
            return self.batch_size
        return 1 if self.device == "cpu" or method.uses_batch_generator else SHARD_CONDITIONS

    @property
    def cache(self) -> Path:
        """The folder of real features."""
        return cache_directory(self.output)


@dataclass(frozen=True)
class Stage:
    """A request with its session: what all runs of one command have in common."""

    request: Request
    session: Session
    off_protocol: bool
    registry: Registry

    def subject(self, name: str, options: Mapping[str, Any], checkpoint: Path | None = None) -> Subject:
        """Return the registered method of this name as what is under test."""
        return by_name(name, options, checkpoint, self.session.task, self.registry)

    def with_seed(self, seed: int) -> Stage:
        """Return the same stage with other noise streams."""
        request, session = dataclasses.replace(self.request, seed=seed), dataclasses.replace(self.session, seed=seed)
        return dataclasses.replace(self, request=request, session=session)


def open_stage(request: Request, registry: Registry) -> Stage:
    """Resolve all names of a request, once; raise `BenchbenchError` where one is unknown or cannot serve."""
    source_state()
    task = registry.task(request.task).drawn(request.draw)
    protocol, off_protocol = protocol_of(task, request, registry)
    asked = wanted_specifications(task, (*protocol.scores, *request.metrics), registry)
    scores = resolve_scores(under_extractors(asked, request.features), task, registry)
    setting = Setting(request.seed, request.device, request.cache, fast=request.fast)
    session = open_session(task, fingerprint(task), protocol, scores, setting)
    return Stage(request, session, off_protocol, registry)


def protocol_of(task: Task, request: Request, registry: Registry) -> tuple[Protocol, bool]:
    """Return the protocol to run, and whether it departs from the task's own."""
    available = len(task.examples("test"))
    own = task.protocol
    chosen: Protocol = registry.get("protocols", request.protocol) if request.protocol else own
    conditions = (chosen.num_conditions or available) if request.limit is None else request.limit
    samples = chosen.samples_per_condition if request.samples is None else request.samples
    if request.limit is None and conditions > available:
        raise BenchbenchError(
            f"protocol {chosen.name} has {conditions} conditions, {task.name} has {available}: add --limit {available}"
        )
    if not 1 <= conditions <= available:
        raise BenchbenchError(f"--limit {conditions}: {task.name} has {available} test conditions")
    if conditions < 2:
        raise BenchbenchError("--limit 1: an uncertainty needs at least two conditions")
    if samples < 2:
        raise BenchbenchError(f"--samples {samples}: diversity needs at least two samples per condition")
    _require_memory(task, samples, request.batch_size or 1, conditions)
    changed = chosen.resized(conditions, samples)
    whole = own.resized(own.num_conditions or available, own.samples_per_condition)
    return changed, changed.numbers() != whole.numbers()


def _require_memory(task: Task, samples: int, batch_size: int, conditions: int) -> None:
    """Raise `BenchbenchError` where one call's samples or one condition's distances exceed the machine's memory.

    A call has up to `batch_size * samples` samples in single precision with a copy; a condition has `samples ** 2`
    distances in double precision.
    """
    memory = machine_memory_bytes()
    if not memory:
        return
    here, each = f"this machine has {memory / 1e9:.3g} GB of memory", 8 * math.prod(task.space.shape)
    most = min(memory // each, math.isqrt(memory // 8))
    if samples > most:
        raise BenchbenchError(f"--samples {samples}: {here}, enough for {most:,} samples per condition of {task.name}")
    fits = memory // (each * samples)
    if min(batch_size, conditions) > fits:
        raise BenchbenchError(
            f"--batch-size {batch_size}: {here}, enough for {fits:,} conditions of {samples:,} samples"
        )


def cache_directory(output: Path) -> Path:
    """Return the folder of real features: the one that `BENCHBENCH_CACHE` names, or `.cache` in the folder of runs."""
    return named_folder("BENCHBENCH_CACHE") or output / ".cache"


def resolve_device(name: str) -> str:
    """Return `cuda` or `cpu` for `auto`; raise `BenchbenchError` for a device that is not there."""
    import torch

    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.empty(0, device=name)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise BenchbenchError(f"device {name!r} is not available: {reason}") from None
    return name
