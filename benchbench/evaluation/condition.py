"""One condition's samples to its scores: the one way in which samples are scored, wherever they come from."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from benchbench.core import (
    ConditionFeatures,
    ConditionMetric,
    ConditionSamples,
    Example,
    Protocol,
    SetMetric,
)
from benchbench.evaluation.points import point_of, points_of
from benchbench.evaluation.real import RealFeatures
from benchbench.evaluation.resolve import ResolvedScore
from benchbench.evaluation.session import Session
from benchbench.stats.distances import euclidean
from benchbench.stats.pairs import pairs
from benchbench.stats.sketch import sketch

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class SampledCondition:
    """A test condition with the samples that some method made for it."""

    number: int
    """Of the example in the test split."""
    example: Example
    samples: Tensor
    """`[K, *space.shape]` on the CPU."""
    log_likelihood: Tensor | None = field(default=None, kw_only=True)
    """`float64[R]` of the references, where a score asks for it and the samples come from a method."""


@dataclass(frozen=True)
class EmbeddedCondition(SampledCondition):
    """A condition whose samples passed once through every extractor."""

    views: Mapping[str, Mapping[str, Tensor]]
    """By the extractor's name: its views `[K, …]`, and the `sketch` of the embedding, on the CPU."""
    points: Mapping[str, Mapping[str, Tensor]]
    """By the extractor's name: the embeddings `float32[D]` of the points that its metrics name, on the CPU."""

    def first(self, num_samples: int) -> EmbeddedCondition:
        """Return the same with its first samples alone."""
        views = {name: {key: view[:num_samples] for key, view in found.items()} for name, found in self.views.items()}
        return dataclasses.replace(self, samples=self.samples[:num_samples], views=views)


def embed(session: Session, condition: SampledCondition) -> EmbeddedCondition:
    """Return the condition with what each extractor of the session says of its samples."""
    views = {}
    points = {}
    for name, function in session.embed.items():
        points[name] = {
            kind: function(point_of(kind, session.task, condition.example)[None])["embedding"][0].cpu()
            for kind in points_of(session.scores, name)
        }
        found = function(condition.samples)
        found = {**found, "sketch": sketch(found["embedding"])}
        views[name] = {key: view.cpu() for key, view in found.items()}
    return EmbeddedCondition(
        condition.number,
        condition.example,
        condition.samples,
        views,
        points,
        log_likelihood=condition.log_likelihood,
    )


def score(
    session: Session, condition: EmbeddedCondition, scores: Sequence[ResolvedScore], protocol: Protocol
) -> dict[str, Tensor]:
    """Return what each condition metric among the scores computes of one condition, as `float64`, by specification."""
    import torch

    id = condition.example.id
    plain = ConditionSamples(
        session.task,
        condition.example,
        condition.samples,
        pairs(protocol, session.task, session.seed, id),
        log_likelihood=condition.log_likelihood,
    )
    shape = session.task.space.shape
    taps = {s.features.name: s.features.taps(shape) for s in session.scores if s.features and s.metric.needs_taps}
    with_features = {
        name: add_features(
            plain, views["embedding"], session.real[name], condition.number, condition.points[name], taps.get(name, ())
        )
        for name, views in condition.views.items()
    }
    values = {}
    for each in scores:
        if isinstance(each.metric, ConditionMetric):
            data = with_features[each.features.name] if each.features else plain
            values[each.specification] = torch.as_tensor(each.metric.compute(data), dtype=torch.float64)
    return values


def kept_views(condition: EmbeddedCondition, scores: Sequence[ResolvedScore]) -> dict[tuple[str, str], Tensor]:
    """Return the views of a condition that the set metrics among the scores need, by extractor and view.

    The samples themselves have no extractor: their key is `("", "samples")`.
    """
    kept = {}
    for each in scores:
        if isinstance(each.metric, SetMetric):
            for view in each.metric.keeps:
                name, view = view_key(each, view)
                kept[name, view] = condition.samples if view == "samples" else condition.views[name][view]
    return kept


def view_key(score: ResolvedScore, view: str) -> tuple[str, str]:
    """Return the key under which `kept_views` holds a view that a set metric needs."""
    return (score.features.name, view) if score.features and view != "samples" else ("", view)


def add_features(
    plain: ConditionSamples,
    embedding: Tensor,
    known: RealFeatures,
    number: int,
    points: Mapping[str, Tensor],
    taps: tuple[tuple[int, int, int], ...],
) -> ConditionFeatures:
    """Return the samples of the test example of this number with what an extractor says of them."""
    references = known.reference_embedding(number)
    return ConditionFeatures(
        plain.task,
        plain.example,
        plain.samples,
        plain.pairs,
        embedding=embedding,
        reference_embedding=references,
        distances=euclidean(embedding, embedding),
        reference_distances=euclidean(embedding, references),
        thresholds=known.thresholds,
        taps=taps,
        points=points,
    )
