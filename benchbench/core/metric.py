"""Metrics: from samples and features to numbers, with what each kind of metric may look at."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Generic, Literal, Protocol, TypeVar

from benchbench.core.example import Example
from benchbench.core.task import Task
from benchbench.core.uncertainty import Threshold, Uncertainty

if TYPE_CHECKING:
    import numpy as np
    import pandas
    from torch import Tensor


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
    """All that a condition metric without an extractor may look at: one condition and its K samples."""

    task: Task
    example: Example
    samples: Tensor
    """`[K, *space.shape]`, the samples."""
    pairs: Tensor
    """`int64[P, 2]`, the protocol's pairs of sample indices."""
    log_likelihood: Tensor | None = field(default=None, kw_only=True)
    """`float64[R]`: the method's log density of each reference, in nats, for a metric with `uses_likelihood`."""


@dataclass(frozen=True)
class ConditionFeatures(ConditionSamples):
    """The same with what an extractor makes of the samples, for a metric that uses features."""

    embedding: Tensor
    """`float32[K, D]` of the samples."""
    reference_embedding: Tensor
    """`float32[R, D]` of the references."""
    distances: Tensor
    """`float64[K, K]`, Euclidean, between the samples' embeddings."""
    reference_distances: Tensor
    """`float64[K, R]`, Euclidean, from the samples' embeddings to the references'."""
    thresholds: Thresholds
    """The distances up to which two images count as one."""
    taps: tuple[tuple[int, int, int], ...] = ()
    """The shapes (C, h, w) of the maps in the embedding, in its order (`FeatureExtractor.taps`)."""
    points: Mapping[str, Tensor] = field(default_factory=dict)
    """`float32[D]`: the embeddings of the points that the metric's `points` names."""


class RealSet(Protocol):
    """What a set metric may look at of a task's real images, under its extractor: a pool of N, and the references."""

    @property
    def pooled(self) -> Tensor:
        """`float32[N, d]`: the view `pooled` of the pool."""

    @property
    def sketch(self) -> Tensor:
        """`float32[N, s]`: the `sketch` of the pool's embeddings."""

    @property
    def reference_pooled(self) -> Tensor:
        """`float32[n, R, d]`: the view `pooled` of each condition's references."""

    @property
    def energy(self) -> np.ndarray:
        """`float64[n]`: each condition's energy score of the pool's images, that is of ignoring the condition."""

    @property
    def thresholds(self) -> Thresholds:
        """The distances up to which two images count as one."""


@dataclass(frozen=True)
class SampleSet:
    """All that a set metric without an extractor may look at: every condition of a run at once."""

    task: Task
    examples: Sequence[Example]
    groups: Sequence[str]
    """For each condition, the group of dependent conditions that it belongs to."""
    table: pandas.DataFrame
    """One row per condition, one column per condition score specification."""
    features: Mapping[str, Tensor]
    """The views named in `keeps`, each `[n, K, …]`."""


@dataclass(frozen=True)
class FeatureSet(SampleSet):
    """The same with the real images under the same extractor, for a metric that uses features."""

    real: RealSet


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
    """95 % interval, where it is not Student's from the standard error; that one is added as the score is named."""
    threshold: Threshold | None = None
    """The distance up to which two images count as one."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """How many of what it is made from, in the order to show: `{"samples": 6000, "real": 2000}`."""
    detail: str | tuple[str, ...] = ()
    """What else a reader must know, in a phrase or several; nothing reads them back."""
    flag: str = ""
    """Why the number should not be trusted as it stands; empty if there is no reason."""


Samples = TypeVar("Samples", bound=ConditionSamples, contravariant=True)
"""What a condition metric takes: `ConditionSamples`, or `ConditionFeatures` where it uses features."""
Everything = TypeVar("Everything", bound=SampleSet, contravariant=True)
"""What a set metric takes: `SampleSet`, or `FeatureSet` where it uses features."""


class Metric(ABC):
    """What condition metrics and set metrics share; subclass one of those."""

    name: ClassVar[str]
    version: ClassVar[int] = 1
    scope: ClassVar[Literal["condition", "set"]]
    summary: ClassVar[str] = ""
    uses_features: ClassVar[bool] = True
    needs_taps: ClassVar[bool] = False
    """It looks at places in the image, so that its extractor must say which maps its embedding is made of."""
    uses_likelihood: ClassVar[bool] = False
    """It looks at `log_likelihood`: a method without one is skipped. Of a condition metric without an extractor."""
    extractor: ClassVar[str] = ""
    """The only extractor that its name stands for (FID is of Inception); empty: any, named in square brackets."""
    higher_is_better: ClassVar[bool | None]
    """`None` where neither direction is good in itself."""
    measures: ClassVar[str] = ""
    """What it measures, by which plots find their axes: `realism`, `diversity`; empty: something of its own."""
    better: ClassVar[str] = ""
    """What a sentence calls the method that wins by it (without a direction: that has more): `more diverse`."""
    truth: ClassVar[float | None] = None
    """What the true law has, where that is the same on every task: 1 for a ratio to the truth."""
    superseded_by: ClassVar[str] = ""
    """The name of the metric to use instead; `leaderboard --stale` lists the rows to score with it."""
    null: ClassVar[float | None] = None
    """What the true law has in expectation on every task, so that reports test the number against it; it never ranks.

    A metric with a null has no better side: what is farther from it is worse.
    """

    def supports(self, task: Task) -> None:
        """Raise `Unsupported` with the reason where the metric means nothing on this task."""
        return

    def variant(self, task: Task) -> str:
        """Return what else the number depends on (a window that the image size dictates); part of its identity."""
        return ""


class ConditionMetric(Metric, Generic[Samples]):
    """Computed for each condition, then averaged, which gives its uncertainty.

    A metric that uses features is a `ConditionMetric[ConditionFeatures]`; another is one of `ConditionSamples`.
    """

    scope = "condition"
    points: ClassVar[tuple[str, ...]] = ()
    """Points of the sample space to embed beside each condition's samples, the same ones for every method.

    `real`: a random training target; `condition`: the condition as a sample (`Task.condition_as_sample`).
    """
    histogram: ClassVar[tuple[float, float, int] | None] = None
    """From where to where, and in how many equal bins, its values over conditions are shown; `None`: they are not."""

    @abstractmethod
    def compute(self, data: Samples) -> float | Tensor:
        """Return the value of one condition; or what it is the mean of.

        `float64[m]`: a value for each of m exchangeable samples, pairs or references; `float64[K, K]`, symmetric: a
        value for each pair of samples, whose diagonal does not count.
        """

    def threshold(self, thresholds: Thresholds | None) -> Threshold | None:
        """Return the distance up to which two images count as one, where the metric uses one."""
        return None

    def detail(self) -> str:
        """Return what else a reader must know beside the number, such as a convention; empty if nothing."""
        return ""


class SetMetric(Metric, Generic[Everything]):
    """Computed on everything pooled.

    A metric that uses features is a `SetMetric[FeatureSet]`; another is one of `SampleSet`.
    """

    scope = "set"
    keeps: ClassVar[tuple[str, ...]] = ()
    """What to carry to `compute`: the view `pooled`, the `sketch` of the embedding, or the `samples` themselves."""
    needs: ClassVar[tuple[str, ...]] = ()
    """Condition metrics whose columns `compute` reads, by name, under the same extractor."""

    @abstractmethod
    def compute(self, data: Everything) -> Estimate:
        """Return the value over the whole run; raise `Undefined` where these samples have none, as 0/0."""
