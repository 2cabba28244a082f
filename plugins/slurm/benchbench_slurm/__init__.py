"""The executor `slurm`: shards as jobs of Slurm, through submitit."""

from __future__ import annotations

from collections.abc import Iterable

import benchbench

from benchbench_slurm.executor import Slurm


@benchbench.hookimpl
def benchbench_executors() -> Iterable[type[benchbench.Executor]]:
    """Register the executor."""
    return (Slurm,)
