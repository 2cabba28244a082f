"""The hooks that a plugin may implement, with `@benchbench.hookimpl`.

What a plugin brings is asked for once, when names are looked up, so its module must import nothing heavy: import torch
inside functions. These hooks return classes, but for `benchbench_protocols`, whose protocols are values.
Reporters are called for each event, in the process of the command; an exception in one is reported on standard error,
and the command continues. A hook may leave out the arguments that it does not need.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from benchbench.core import Executor, FeatureExtractor, Method, Metric, Protocol, RunInfo, Task, TrainingInfo
    from benchbench.core.edition import Edition
    from benchbench.core.record import Record

hookspec = pluggy.HookspecMarker("benchbench")
hookimpl = pluggy.HookimplMarker("benchbench")


@hookspec
def benchbench_tasks() -> Iterable[type[Task]]:
    """Return the task classes of this plugin; each is made without arguments when its name is asked for."""
    return ()


@hookspec
def benchbench_methods() -> Iterable[type[Method]]:
    """Return the method classes of this plugin: dataclasses whose fields are the options."""
    return ()


@hookspec
def benchbench_features() -> Iterable[type[FeatureExtractor]]:
    """Return the feature extractor classes of this plugin."""
    return ()


@hookspec
def benchbench_metrics() -> Iterable[type[Metric]]:
    """Return the metric classes of this plugin: subclasses of `ConditionMetric` or `SetMetric`."""
    return ()


@hookspec
def benchbench_executors() -> Iterable[type[Executor]]:
    """Return the executor classes of this plugin; each is made with the number of workers."""
    return ()


@hookspec
def benchbench_protocols() -> Iterable[Protocol]:
    """Return the published protocols of this plugin: instances of `Protocol`."""
    return ()


@hookspec
def benchbench_run_started(run: RunInfo) -> None:
    """Called before a run is computed; not called for a run that is recorded already."""


@hookspec
def benchbench_shard_done(run: RunInfo, done: int) -> None:
    """Called when a shard is on disk; `done` of `run.num_shards` are on disk now."""


@hookspec
def benchbench_run_finished(run: RunInfo, record: Record) -> None:
    """Called when a run has its record, whatever its status; samples and conditions.parquet are in `run.directory`."""


@hookspec
def benchbench_edition_published(edition: Edition, directory: Path) -> None:
    """Called when a leaderboard has a new edition, whose files are in `directory`."""


@hookspec
def benchbench_training_progress(
    training: TrainingInfo, done: int, losses: dict[str, float], preview: Tensor | None
) -> None:
    """Called every few steps of a training, with the steps done, their last losses, and `spread` where it is known.

    `preview`: the samples of a few validation conditions, `[B, K, *space.shape]`, when they were just drawn.
    """


@hookspec
def benchbench_training_finished(training: TrainingInfo) -> None:
    """Called when a training is done and its checkpoint is written."""
