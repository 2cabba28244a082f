"""A metric on a task, with samples to measure."""

from __future__ import annotations

import dataclasses
import functools
import math
import shutil
import tempfile
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchbench.contract.findings import Finding, line_of
from benchbench.contract.metric import MetricItem
from benchbench.core import (
    ConditionMetric,
    ConditionSamples,
    Estimate,
    Example,
    FeatureSet,
    Metric,
    Protocol,
    SampleSet,
    SetMetric,
    Task,
    Unsupported,
)
from benchbench.core.noise import Noise
from benchbench.evaluation import extractors, real
from benchbench.evaluation.condition import add_features
from benchbench.evaluation.points import point_of
from benchbench.plugins import registry
from benchbench.protocols import pairs
from benchbench.stats.estimates import condition_means
from benchbench.stats.sketch import sketch

if TYPE_CHECKING:
    from torch import Tensor

CONDITIONS, SAMPLES = 12, 6
PROTOCOL = Protocol("check", 1, CONDITIONS, SAMPLES, SAMPLES // 2)


@dataclass(frozen=True)
class Value:
    """What a metric computes from samples: a number with its error, and the values behind it."""

    value: float
    standard_error: float | None
    parts: tuple[Tensor, ...] = ()
    """The values that a condition metric returned for each condition."""
    interval: tuple[float, float] | None = None

    def is_finite(self) -> bool:
        """Return whether a record accepts it."""
        return math.isfinite(self.value) and (self.standard_error is None or math.isfinite(self.standard_error))

    def equals(self, other: Value) -> bool:
        """Return whether both are bitwise equal."""
        import torch

        parts = all(torch.equal(one, two) for one, two in zip(self.parts, other.parts, strict=True))
        return parts and (self.value, self.standard_error) == (other.value, other.standard_error)


class Measuring:
    """A metric on a task, with samples to measure; the features are the pixels, whatever its own extractor."""

    def __init__(self, metric: MetricItem, task: Task) -> None:
        self.metric, self.task, self.seconds, self.files = metric, task, metric.seconds, metric.files
        self.label = f"{metric.name} on {task.name}"
        self.where = line_of(metric.cls.compute)  # type: ignore[attr-defined]
        self.found: dict[str, Finding] = {}
        self.extractor = registry().get("features", "pixels")()
        self.embed = extractors.load(self.extractor, "cpu")
        self._folder = Path(tempfile.mkdtemp(prefix="benchbench-check-"))
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)

    @functools.cached_property
    def examples(self) -> list[Example]:
        """The first test examples."""
        found = self.task.examples("test")
        return [found[i] for i in range(min(CONDITIONS, len(found)))]

    @functools.cached_property
    def known(self) -> real.RealFeatures:
        """The features of the task's real samples."""
        return real.prepare(self._folder / "real.safetensors", self.task, self.examples, self.embed)

    @functools.cached_property
    def samples(self) -> Tensor:
        """Samples `[n, K, *shape]` that are near the truth and all different."""
        import torch

        ids = [example.id for example in self.examples]
        noise = Noise.for_samples((self.task.name, self.task.version), 0, ids, SAMPLES)
        try:
            drawn = self.task.draw(ids, SAMPLES, noise)
        except Unsupported:
            drawn = torch.stack([each.references[:1].expand(SAMPLES, *self.task.space.shape) for each in self.examples])
        off = noise.normal(*self.task.space.shape)
        if self.task.space.kind == "images":
            return (drawn + 8 * off).round().clamp(0, 255).byte()
        return drawn + off / 100

    @functools.cached_property
    def first(self) -> Value:
        """The metric of the samples, measured once: the checks after `computes` compare with it."""
        return self.measure(self.samples)

    def measure(self, samples: Tensor, order: Sequence[int] | None = None) -> Value:
        """Return the metric of the samples, with the conditions in this order."""
        import torch

        metric, order = self.metric.cls(), list(order or range(len(self.examples)))
        data = self.each(metric, samples, order)
        if isinstance(metric, ConditionMetric):
            parts = [torch.as_tensor(metric.compute(one), dtype=torch.float64) for one in data]
            means = condition_means(torch.stack(parts).numpy())
            with np.errstate(invalid="ignore"):  # values that are not finite are reported
                return Value(float(means.mean()), float(means.std() / len(means) ** 0.5), tuple(parts))
        assert isinstance(metric, SetMetric)
        estimate = metric.compute(self.together(metric, data, order))
        if not isinstance(estimate, Estimate):
            raise TypeError(f"compute() returned {type(estimate).__name__}, expected benchbench.Estimate")
        return Value(estimate.value, estimate.standard_error, interval=estimate.interval)

    def each(self, metric: Metric, samples: Tensor, order: Sequence[int]) -> list[ConditionSamples]:
        """Return the data of condition metrics."""
        made = []
        for number in order:
            example, own = self.examples[number], samples[number].clone()
            density = self.densities(example) if metric.uses_likelihood else None
            chosen = pairs(PROTOCOL, self.task, 0, example.id)
            one = ConditionSamples(self.task, example, own, chosen, log_likelihood=density)
            if metric.uses_features:
                points = {
                    kind: self.embed(point_of(kind, self.task, example)[None])["embedding"][0]
                    for kind in getattr(metric, "points", ())
                }
                taps = self.extractor.taps(self.task.space.shape)
                one = add_features(one, self.embed(own)["embedding"], self.known, number, points, taps)
            made.append(one)
        return made

    def densities(self, example: Example) -> Tensor:
        """Return the log density of the references under a normal law about their mean, in every value alike."""
        import torch

        values = example.references.double().flatten(1)
        spread = values.std() + 1
        return torch.distributions.Normal(values.mean(), spread).log_prob(values).sum(1)

    def together(self, metric: SetMetric[Any], data: Sequence[ConditionSamples], order: Sequence[int]) -> SampleSet:
        """Return the data of set metrics."""
        import pandas
        import torch

        columns: dict[str, Any] = {"id": [one.example.id for one in data]}
        for needed in metric.needs:
            other = registry().get("metrics", needed)()
            parts = [torch.as_tensor(other.compute(one), dtype=torch.float64) for one in data]
            columns[needed] = condition_means(torch.stack(parts).numpy())
        views: dict[str, Callable[[Tensor], Tensor]] = {
            "samples": lambda samples: samples,
            "pooled": lambda samples: self.embed(samples)["pooled"],
            "sketch": lambda samples: sketch(self.embed(samples)["embedding"]),
        }
        plain = SampleSet(
            self.task,
            [one.example for one in data],
            [one.example.group or one.example.id for one in data],
            pandas.DataFrame(columns),
            {view: torch.stack([views[view](one.samples) for one in data]) for view in metric.keeps},
        )
        if not metric.uses_features:
            return plain
        pooled, energy = self.known.reference_pooled[list(order)], self.known.energy[list(order)]
        known = dataclasses.replace(self.known, reference_pooled=pooled, energy=energy)
        return FeatureSet(plain.task, plain.examples, plain.groups, plain.table, plain.features, known)
