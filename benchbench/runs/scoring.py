"""The last job of a run: from its shards to its scores."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from benchbench.core.record import PairedValues, Score
from benchbench.evaluation.scores import Evaluated, paired, score_run
from benchbench.evaluation.session import Session
from benchbench.runs.directory import RunDirectory
from benchbench.system.determinism import isolated


@dataclass(frozen=True)
class Scored:
    """What a record says of the work."""

    scores: tuple[Score, ...]
    paired: PairedValues | None
    sampling_seconds: float
    images: int
    """How many samples that was."""
    peak_memory_bytes: int


def score_shards(session: Session, run: RunDirectory, number: int) -> Scored:
    """Compute the scores from this many shards, write those of each condition, and return the rest."""
    from threadpoolctl import threadpool_limits

    tensors, summaries = run.read_shards(number)
    with isolated(session.device), threadpool_limits(1):  # as in every other worker, to the last bit
        scores, table = score_run(session, _evaluated(tensors))
    run.write_conditions(table)
    flat = sum(summary.get("flat_conditions", 0) for summary in summaries)
    ranking = session.task.metrics[0]
    if flat:
        flag = f"all samples of {flat} of {session.num_conditions} conditions are of one colour"
        scores = [dataclasses.replace(s, flag=flag) if s.metric == ranking else s for s in scores]
    return Scored(
        scores=tuple(scores),
        paired=paired(table, ranking),
        sampling_seconds=sum(summary["sampling_seconds"] for summary in summaries),
        images=session.num_conditions * session.protocol.samples_per_condition,
        peak_memory_bytes=max(summary["peak_memory_bytes"] for summary in summaries),
    )


def _evaluated(tensors: dict[str, Any]) -> Evaluated:
    """Return the tensors of the shards by what they are."""
    scores = {name.removeprefix("score:"): value for name, value in tensors.items() if name.startswith("score:")}
    keys = {name: name.split(":", 2) for name in tensors if name.startswith("view:")}
    return Evaluated(scores, {(extractor, view): tensors[name] for name, (_, extractor, view) in keys.items()})
