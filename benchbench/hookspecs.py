"""The hooks that a plugin may implement, with `@benchbench.hookimpl`; each returns classes, and is called once.

Called when names are looked up, so a plugin's module must import nothing heavy: import torch inside functions.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from benchbench.core import Executor, FeatureExtractor, Method, Metric, Task

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
