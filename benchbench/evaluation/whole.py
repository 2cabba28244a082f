"""All conditions of a session scored in one go, wherever their samples come from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar

from benchbench.evaluation.condition import embed, kept_views, score
from benchbench.evaluation.scores import Evaluated, ScoredRun, score_run
from benchbench.evaluation.session import Session
from benchbench.evaluation.sources import Source

if TYPE_CHECKING:
    from torch import Tensor

_Key = TypeVar("_Key")


def score_whole(source: Source, session: Session) -> ScoredRun:
    """Return the scores of the session, of all its conditions."""
    values: dict[str, list[Tensor]] = {}
    views: dict[tuple[str, str], list[Tensor]] = {}
    for sampled in source(range(session.num_conditions)):
        condition = embed(session, sampled)
        for name, value in score(session, condition, session.scores, session.protocol).items():
            values.setdefault(name, []).append(value)
        for key, view in kept_views(condition, session.scores).items():
            views.setdefault(key, []).append(view)
    return score_run(session, Evaluated(_stacked(values), _stacked(views)))


def _stacked(parts: Mapping[_Key, list[Tensor]]) -> dict[_Key, Tensor]:
    import torch

    return {name: torch.stack(found) for name, found in parts.items()}
