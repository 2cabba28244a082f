"""From score specifications such as `diversity[mini]` to metrics and extractors, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchbench.core import ConditionMetric, FeatureExtractor, Metric, SetMetric, Task, Unsupported
from benchbench.plugins import Registry
from benchbench.specs import parse_score, split


@dataclass(frozen=True)
class ResolvedScore:
    """A metric under an extractor, on a task where it means something."""

    specification: str
    metric: Metric
    features: FeatureExtractor | None
    identity: str
    """In full: `diversity@1[lpips-alex@0.1,64px]`."""
    variant: str = ""
    """What else it depends on, beside extractor and image size."""

    @property
    def by_condition(self) -> bool:
        """Whether it is computed for each condition, not on all samples pooled."""
        return isinstance(self.metric, ConditionMetric)

    @property
    def weight_hash(self) -> str:
        """The SHA-256 of its extractor's weights; empty where there are none."""
        return self.features.weight_hash() if self.features else ""


def resolve_scores(specifications: Sequence[str], task: Task, registry: Registry) -> tuple[ResolvedScore, ...]:
    """Return the scores with the condition metrics that set metrics need, each once, in order.

    Raise `Unsupported` if one means nothing on the task, or takes features of another sample space.
    """
    resolved: dict[str, ResolvedScore] = {}

    def add(specification: str) -> None:
        if specification in resolved:
            return
        metric_class, features = parse_score(specification, registry)
        metric = metric_class()
        extractor = registry.get("features", features)() if features else None
        if extractor is not None and task.space.kind not in extractor.kinds:
            raise Unsupported(f"{features} takes {' or '.join(extractor.kinds)}; {task.name} has {task.space.kind}")
        metric.supports(task)
        if extractor is not None and not _has_taps(metric, extractor, task):
            raise Unsupported(f"{metric.name} looks at places in the image, and the embedding of {features} has none")
        if isinstance(metric, SetMetric):
            for needed in metric.needs:
                uses = registry.get("metrics", needed).uses_features
                add(f"{needed}[{features}]" if uses and features else needed)
        identity = _identity(metric, extractor, task)
        resolved[specification] = ResolvedScore(specification, metric, extractor, identity, metric.variant(task))

    for specification in specifications:
        add(specification)
    return tuple(resolved.values())


def all_specifications(task: Task, registry: Registry) -> tuple[str, ...]:
    """Return every registered metric that means something on the task, under the extractors of the task's metrics.

    Those that stand for one extractor alone (FID) are not among them: their weights may not be here.
    """
    extractors = dict.fromkeys(inside for _, inside in map(split, task.metrics) if inside)
    specifications = []
    for name, metric in registry.metrics.items():
        if metric.extractor:
            continue
        try:
            metric().supports(task)
        except Unsupported:
            continue
        if not metric.uses_features:
            specifications.append(name)
            continue
        fitting = [each for each in extractors if _has_taps(metric, registry.get("features", each)(), task)]
        specifications += [f"{name}[{each}]" for each in fitting]
    return tuple(specifications)


def _has_taps(metric: Metric | type[Metric], extractor: FeatureExtractor, task: Task) -> bool:
    """Return whether the extractor says which maps its embedding is made of, if the metric asks for them."""
    return not metric.needs_taps or bool(extractor.taps(task.space.shape))


def wanted_specifications(task: Task, metrics: Sequence[str], registry: Registry) -> tuple[str, ...]:
    """Return the task's score specifications, then those asked for beside them; `all` stands for each that applies."""
    asked = [each for name in metrics for each in (all_specifications(task, registry) if name == "all" else (name,))]
    return tuple(dict.fromkeys([*task.metrics, *asked]))


def under_extractors(specifications: Sequence[str], extra: Sequence[str]) -> tuple[str, ...]:
    """Return the score specifications, then each one that has features again under each extra extractor."""
    found = list(specifications)
    for name in extra:
        found += [f"{split(each)[0]}[{name}]" for each in specifications if split(each)[1]]
    return tuple(dict.fromkeys(found))


def _identity(metric: Metric, extractor: FeatureExtractor | None, task: Task) -> str:
    inside = [f"{extractor.name}@{extractor.version}", _size(task)] if extractor else []
    inside = [part for part in (*inside, metric.variant(task)) if part]
    return f"{metric.name}@{metric.version}" + (f"[{','.join(inside)}]" if inside else "")


def _size(task: Task) -> str:
    """Return the size of a task's images, on which a perceptual distance depends; empty for points."""
    if task.space.kind != "images":
        return ""
    _, height, width = task.space.shape
    return f"{width}px" if height == width else f"{width}x{height}px"
