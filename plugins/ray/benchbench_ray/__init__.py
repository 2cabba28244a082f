"""The executor `ray`: shards on a Ray cluster, or on one that is started for the command."""

from __future__ import annotations

from collections.abc import Iterable

import benchbench

from benchbench_ray.executor import Ray


@benchbench.hookimpl
def benchbench_executors() -> Iterable[type[benchbench.Executor]]:
    """Register the executor."""
    return (Ray,)
