"""What one sample of a run cost, from what its shards noted; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from benchbench.core.record import Cost


def cost_of(summaries: Sequence[Mapping[str, Any]]) -> Cost | None:
    """Return the cost of a sample, or `None` where shards are of an earlier version, which noted none.

    The median over calls leaves out what the first one loads or compiles. Networks are looked at in the first shard.
    """
    seconds = [value for each in summaries for value in each.get("seconds_per_sample", ())]
    if not seconds:
        return None
    first = summaries[0]
    return Cost(
        seconds_per_sample=median(seconds),
        calls=len(seconds),
        parameters=first.get("parameters"),
        evaluations_per_sample=first.get("evaluations_per_sample"),
    )
