"""Shards of a finished run that another one with more or fewer conditions begins with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from benchbench.evaluation.sources import SHARD_CONDITIONS
from benchbench.runs.directory import RunDirectory
from benchbench.system.records import object_in


def adopt_shards(run: RunDirectory, facts: Mapping[str, Any], number: int, id_of: Callable[[int], str]) -> int:
    """Copy what is whole from runs beside this one that differ from it in their number of conditions alone.

    `facts`: what `run.json` says of this run; `number`: of its conditions, `id_of`: their ids. Samples and scores of a
    condition depend on no other one, unless the method draws from its batch's generator: then nothing is copied. Return
    how many shards were copied; a last one that is not full is not.
    """
    if "batch_size" in facts:
        return 0
    copied = 0
    for beside in sorted(run.path.parent.iterdir()):
        theirs = object_in(beside / "run.json")
        if beside == run.path or not theirs or _other_than_conditions(theirs) != _other_than_conditions(facts):
            continue
        there = RunDirectory(beside)
        for index in range(number // SHARD_CONDITIONS):
            if not run.has_shard(index) and there.has_shard(index) and there.is_full(index):
                first = index * SHARD_CONDITIONS
                there.copy_shard(index, [id_of(each) for each in range(first, first + SHARD_CONDITIONS)], run)
                copied += 1
    return copied


def _other_than_conditions(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts without the number of conditions."""
    protocol = facts.get("protocol")
    return {**facts, "protocol": {**protocol, "num_conditions": None} if isinstance(protocol, dict) else None}
