"""Points of the sample space beside the samples of a condition, from which metrics measure; alike for all methods."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from benchbench.core import ConditionMetric, Example, Task
from benchbench.core.noise import stream
from benchbench.evaluation.resolve import ResolvedScore

if TYPE_CHECKING:
    from torch import Tensor


def points_of(scores: Iterable[ResolvedScore], features: str) -> tuple[str, ...]:
    """Return the kinds of point that the condition metrics under this extractor ask for, each once."""
    metrics = [each.metric for each in scores if each.features is not None and each.features.name == features]
    kinds = [kind for metric in metrics if isinstance(metric, ConditionMetric) for kind in metric.points]
    return tuple(dict.fromkeys(kinds))


def point_of(kind: str, task: Task, example: Example) -> Tensor:
    """Return a point `[*space.shape]`: `condition`, the condition as a sample; `real`, a random training target.

    Which target it is follows from task and id alone, so that it is independent of the truth given the condition.
    """
    if kind == "condition":
        return task.condition_as_sample(example)
    if kind == "real":
        train = task.examples("train")
        place = int(stream("real point", task.name, task.version, example.id).integers(len(train)))
        return train[place].references[0]
    raise ValueError(f"no kind of point {kind!r}; there are real and condition")
