"""Shards of a finished run that another one with more or fewer conditions begins with."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchbench.evaluation.sources import SHARD_CONDITIONS
from benchbench.runs.directory import RunDirectory


def adopt_shards(run: RunDirectory, facts: Mapping[str, Any], number: int, id_of: Callable[[int], str]) -> int:
    """Copy what is whole from runs beside this one that differ from it in their number of conditions alone.

    `facts`: what `run.json` says of this run; `number`: of its conditions, `id_of`: their ids. Samples and scores of a
    condition depend on no other one, unless the method draws from its batch's generator: then nothing is copied. Return
    how many shards were copied; a last one that is not full is not.
    """
    copied = 0
    if "batch_size" in facts:
        return copied
    for beside in sorted(run.path.parent.iterdir()):
        if beside == run.path or _other_than_conditions(_facts_of(beside)) != _other_than_conditions(facts):
            continue
        there = RunDirectory(beside)
        for index in range(number // SHARD_CONDITIONS):
            if not run.has_shard(index) and there.has_shard(index) and there.is_full(index):
                first = index * SHARD_CONDITIONS
                there.copy_shard(index, [id_of(each) for each in range(first, first + SHARD_CONDITIONS)], run)
                copied += 1
    return copied


def _facts_of(path: Path) -> dict[str, Any]:
    try:
        facts = json.loads((path / "run.json").read_text())
    except (OSError, ValueError):
        return {}
    return facts if isinstance(facts, dict) else {}


def _other_than_conditions(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts without the number of conditions; nothing equals those of a folder that has none."""
    protocol = facts.get("protocol")
    if not isinstance(protocol, dict):
        return {"none": object()}
    return {**facts, "protocol": {**protocol, "num_conditions": None}}
