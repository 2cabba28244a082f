"""Extractors and metrics: from samples to numbers, with what each may look at."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from benchbench.core.example import Example
from benchbench.core.task import Task
from benchbench.core.uncertainty import Threshold, Uncertainty

if TYPE_CHECKING:
    import pandas
    from torch import Tensor


class FeatureExtractor(ABC):
    """A frozen network (or a formula) with its resize and its normalisation."""

    name: ClassVar[str]
    version: ClassVar[str | int]
    summary: ClassVar[str] = ""
    kinds: ClassVar[tuple[str, ...]] = ("images",)
    """The kinds of sample space that it takes."""

    @abstractmethod
    def load(self, device: str) -> Callable[[Tensor], dict[str, Tensor]]:
        """Return a function from samples `[N, *shape]` to its views; raise `MissingData` without its weights.

        `"embedding"`, `float32[N, D]`: Euclidean distance is the perceptual distance's square root.
        `"pooled"`, `float32[N, d]`: a low-dimensional vector for statistics of sets.
        """

    def weight_hash(self) -> str:
        """Return the SHA-256 of the weights in use, or an empty string where there are none."""
        return ""


@dataclass(frozen=True)
class Thresholds:
    """Euclidean distances between embeddings that were measured on a task's real images under one extractor."""

    repeat: float
    """The noise floor: up to here, two embeddings are of one image made twice."""
    visible: float
    """Up to here, people would not distinguish the two images."""

    def stated(self, kind: str) -> Threshold:
        """Return the threshold of this kind, `repeat` or `visible`, as a score states it."""
        return Threshold(kind, self.visible if kind == "visible" else self.repeat)


@dataclass(frozen=True)
class ConditionSamples:
    """All that a condition metric may look at: one condition, its K samples and, with an extractor, the features."""

    task: Task
    example: Example
    samples: Tensor
    """`[K, *space.shape]`, the samples."""
    pairs: Tensor
    """`int64[P, 2]`, the protocol's disjoint pairs of sample indices."""
    embedding: Tensor | None = None
    """`float32[K, D]` of the samples."""
    reference_embedding: Tensor | None = None
    """`float32[R, D]` of the references."""
    distances: Tensor | None = None
    """`float64[K, K]`, Euclidean, between the samples' embeddings."""
    reference_distances: Tensor | None = None
    """`float64[K, R]`, Euclidean, from the samples' embeddings to the references'."""
    thresholds: Thresholds | None = None
    """The distances up to which two images count as one."""


@dataclass(frozen=True)
class SampleSet:
    """All that a set metric may look at: every condition of a run at once."""

    task: Task
    examples: Sequence[Example]
    groups: Sequence[str]
    """For each condition, the group of dependent conditions that it belongs to."""
    table: pandas.DataFrame
    """One row a condition, one column a condition score specification."""
    features: Mapping[str, Tensor]
    """The views named in `keeps`, each `[n, K, …]`."""
    real: Any
    """`benchbench.evaluation.real.RealFeatures` of the task under the same extractor; `None` without an extractor."""


@dataclass(frozen=True)
class Estimate:
    """A number with its uncertainty, before it is named."""

    value: float
    standard_error: float | None
    n: int
    """How many conditions it is made of."""
    uncertainty: Uncertainty | None = None
    """What the standard error is; `None`: that of a mean over the n conditions, or no error at all."""
    interval: tuple[float, float] | None = None
    """95 % interval, where the uncertainty comes from a bootstrap."""
    threshold: Threshold | None = None
    """The distance up to which two images count as one."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """How many of what it is made from, in the order to show: `{"samples": 6000, "real": 2000}`."""
    detail: str | tuple[str, ...] = ()
    """What else a reader must know, in a phrase or several; nothing reads them back."""
    flag: str = ""
    """Why the number should not be trusted as it stands; empty if there is no reason."""


class Metric(ABC):
    """What condition metrics and set metrics share; subclass one of those."""

    name: ClassVar[str]
    version: ClassVar[int] = 1
    scope: ClassVar[Literal["condition", "set"]]
    summary: ClassVar[str] = ""
    uses_features: ClassVar[bool] = True
    extractor: ClassVar[str] = ""
    """The only extractor that its name stands for (FID is of Inception); empty: any, named in square brackets."""
    higher_is_better: ClassVar[bool | None]
    """`None` where neither direction is good in itself."""

    def supports(self, task: Task) -> None:
        """Raise `Unsupported` with the reason where the metric means nothing on this task."""
        return

    def variant(self, task: Task) -> str:
        """Return what else the number depends on (a window that the image size dictates); part of its identity."""
        return ""


class ConditionMetric(Metric):
    """Computed for each condition, then averaged, which gives its uncertainty."""

    scope = "condition"

    @abstractmethod
    def compute(self, data: ConditionSamples) -> float | Tensor:
        """Return the value of one condition; or what it is the mean of, so that this can be resampled too.

        `float64[m]`: a value for each of m exchangeable samples or pairs; `float64[K, K]`, symmetric: a value for each
        pair of samples, whose diagonal does not count.
        """

    def threshold(self, thresholds: Thresholds | None) -> Threshold | None:
        """Return the distance up to which two images count as one, where the metric uses one."""
        return None

    def detail(self) -> str:
        """Return what else a reader must know beside the number, such as a convention; empty if nothing."""
        return ""


class SetMetric(Metric):
    """Computed on everything pooled."""

    scope = "set"
    keeps: ClassVar[tuple[str, ...]] = ()
    """What to carry to `compute`: the view `pooled`, the `sketch` of the embedding, or the `samples` themselves."""
    needs: ClassVar[tuple[str, ...]] = ()
    """Condition metrics whose columns `compute` reads, by name, under the same extractor."""

    @abstractmethod
    def compute(self, data: SampleSet) -> Estimate:
        """Return the value over the whole run."""
