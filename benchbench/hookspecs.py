"""The hooks that a plugin may implement, with `@benchbench.hookimpl`.

What a plugin brings is asked for once, when names are looked up, so its module must import nothing heavy: import torch
inside functions. These hooks return classes, but for `benchbench_protocols`, whose protocols are values.
Reporters are told what happens, in the process of the command; what they raise is told on standard error and harms
nothing. A hook may leave out the arguments that it does not need.
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
    """Learn that a run is about to be worked; a run that is recorded already is not told of."""


@hookspec
def benchbench_shard_done(run: RunInfo, done: int) -> None:
    """Learn that a shard is on disk: `done` of `run.num_shards` now are."""


@hookspec
def benchbench_run_finished(run: RunInfo, record: Record) -> None:
    """Learn that a run has its record, whatever its status; samples and conditions.parquet are in `run.directory`."""


@hookspec
def benchbench_edition_published(edition: Edition, directory: Path) -> None:
    """Learn that a leaderboard has a new edition, whose files are in `directory`."""


@hookspec
def benchbench_training_progress(
    training: TrainingInfo, done: int, losses: dict[str, float], preview: Tensor | None
) -> None:
    """Learn how a training goes, every few steps: the steps done, their last losses, and `spread` where it is known.

    `preview`: the samples of a few validation conditions, `[B, K, *space.shape]`, when they were just drawn.
    """


@hookspec
def benchbench_training_finished(training: TrainingInfo) -> None:
    """Learn that a training is done and its checkpoint written."""
