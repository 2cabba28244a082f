"""A run's scores computed again from the samples that it kept, all of them, by the one engine."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from benchbench.core import SetMetric
from benchbench.data.listing import list_samples, require_complete
from benchbench.evaluation.resolve import ResolvedScore
from benchbench.evaluation.scores import ScoredRun
from benchbench.evaluation.session import Session
from benchbench.evaluation.sources import Source, Stored
from benchbench.evaluation.whole import score_whole
from benchbench.methods.folder import ids_of
from benchbench.system.determinism import isolated


def scored_from(source: Source, session: Session, scores: Sequence[ResolvedScore]) -> ScoredRun:
    """Return these scores of the session, of all its conditions, from wherever the samples come."""
    from threadpoolctl import threadpool_limits

    chosen = dataclasses.replace(session, scores=tuple(scores))
    with isolated(session.device), threadpool_limits(1):  # as in a run, to the last bit
        return score_whole(source, chosen)


def stored_source(samples: Path, session: Session) -> Stored:
    """Return the images that a run kept, `<samples>/<id>/<k>.png`; raise `MissingData` where one is not there."""
    k, ids = session.protocol.samples_per_condition, ids_of(session.task, session.num_conditions)
    found = list_samples(samples, ids, None)
    require_complete(found, k)
    return Stored(session, found.files, k)


def of_samples(session: Session) -> tuple[ResolvedScore, ...]:
    """Return the scores of a session that samples alone give: all but those that ask the method for a likelihood.

    A metric of the whole set may build on one by condition, so what needs a likelihood is left out with it.
    """
    left_out = {each.metric.name for each in session.scores if each.metric.uses_likelihood}
    return tuple(
        each
        for each in session.scores
        if each.metric.name not in left_out
        and not (isinstance(each.metric, SetMetric) and left_out & set(each.metric.needs))
    )
