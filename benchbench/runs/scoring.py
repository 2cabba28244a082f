"""The last job of a run: from its shards to its scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from benchbench.core.record import PairedValues, Score
from benchbench.evaluation.by_condition import text_of
from benchbench.evaluation.scores import Evaluated, paired, score_run
from benchbench.evaluation.session import Session
from benchbench.runs.directory import RunDirectory
from benchbench.system.determinism import isolated
from benchbench.system.records import digest


@dataclass(frozen=True)
class Scored:
    """What a record says of the work."""

    scores: tuple[Score, ...]
    undefined: dict[str, str]
    """The scores that these samples do not have, by specification, and why."""
    paired: PairedValues | None
    by_condition: str
    """SHA-256 of the scores by condition of the task's own metrics; empty where there are none."""
    summaries: tuple[dict[str, Any], ...]
    """What each shard noted."""


def score_shards(session: Session, run: RunDirectory, number: int) -> Scored:
    """Compute the scores from this many shards, write those of each condition, and return the rest."""
    from threadpoolctl import threadpool_limits

    tensors, summaries = run.read_shards(number)
    with isolated(session.device), threadpool_limits(1):  # as in every other worker, to the last bit
        scored = score_run(session, _evaluated(tensors))
    run.write_conditions(scored.table)
    values = paired(scored.table, session.task.metrics[0])
    text = text_of(scored.table, session.task.metrics)
    return Scored(scored.scores, dict(scored.undefined), values, digest(text) if text else "", tuple(summaries))


def _evaluated(tensors: dict[str, Any]) -> Evaluated:
    """Return the tensors of the shards by what they are."""
    scores = {name.removeprefix("score:"): value for name, value in tensors.items() if name.startswith("score:")}
    keys = {name: name.split(":", 2) for name in tensors if name.startswith("view:")}
    return Evaluated(scores, {(extractor, view): tensors[name] for name, (_, extractor, view) in keys.items()})
