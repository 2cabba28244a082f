"""Shards of a finished run that another one with more or fewer conditions begins with."""

from __future__ import annotations

from collections.abc import Callable

from benchbench.evaluation.sources import SHARD_CONDITIONS
from benchbench.runs.directory import RunDirectory
from benchbench.runs.siblings import Facts, other_than, siblings


def adopt_shards(run: RunDirectory, facts: Facts, number: int, id_of: Callable[[int], str]) -> int:
    """Copy what is whole from runs beside this one that differ from it in their number of conditions alone.

    `facts`: what `run.json` says of this run; `number`: of its conditions, `id_of`: their ids. Samples and scores of a
    condition depend on no other one, unless the method draws from its batch's generator: then nothing is copied. Return
    how many shards were copied; a last one that is not full is not.
    """
    copied = 0
    for there, _ in siblings(run, facts, lambda each: other_than(each, numbers=("num_conditions",))):
        for index in range(number // SHARD_CONDITIONS):
            if not run.has_shard(index) and there.has_shard(index) and there.is_full(index):
                first = index * SHARD_CONDITIONS
                there.copy_shard(index, [id_of(each) for each in range(first, first + SHARD_CONDITIONS)], run)
                copied += 1
    return copied
