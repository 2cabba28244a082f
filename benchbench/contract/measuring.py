"""The contract of a metric's value: a pure function of samples, finite where they are."""

from __future__ import annotations

import dataclasses
import functools
import math
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchbench.contract import state
from benchbench.contract.findings import Check, Failed, Finding, Passed, Skipped, Warned, line_of
from benchbench.contract.metric import MetricItem
from benchbench.core import (
    BenchbenchError,
    ConditionMetric,
    ConditionSamples,
    Estimate,
    Example,
    FeatureSet,
    Metric,
    MissingData,
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
SAME = 1e-6
"""Relative difference up to which two orders of summation agree."""


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
                one = add_features(one, self.embed(own)["embedding"], self.known, number, self.extractor, points)
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


def computes(case: Measuring) -> Finding:
    """It gives a finite number for samples that are near the truth."""
    import torch

    try:
        case.examples  # noqa: B018 (they are computed here)
    except MissingData as error:
        return Skipped(str(error))
    found = case.measure(case.samples)
    for part in found.parts:
        k = len(case.samples[0])
        if part.ndim > 2 or (part.ndim == 2 and tuple(part.shape) != (k, k)):
            return Failed(f"compute() returned {list(part.shape)}", f"a number, [m] or [{k}, {k}]", case.where)
        if part.ndim == 2 and not torch.allclose(part, part.T, equal_nan=True):
            return Failed("compute() returned a matrix that is not symmetric", "one value per pair", case.where)
    if not math.isfinite(found.value):
        return Failed(f"it is {found.value}", "a finite number", case.where)
    uncertainty = "" if found.standard_error is None else f" ± {found.standard_error:.2g}"
    return Passed(f"{found.value:.4g}{uncertainty} on pixels, {len(case.examples)} conditions of {SAMPLES} samples")


def error(case: Measuring) -> Finding:
    """Its standard error is a number that is finite and not negative, or `None`; an interval has its ends in order."""
    found = case.measure(case.samples)
    size = found.standard_error
    if size is None and found.interval is None:
        return Passed("it gives none")
    if size is not None and not (math.isfinite(size) and size >= 0):
        return Failed(f"its standard error is {size:.3g}", "a finite number of at least 0, or None", case.where)
    if found.interval is not None:
        low, high = found.interval
        if not (math.isfinite(low) and math.isfinite(high) and low <= high):
            return Failed(f"its interval is {low} to {high}", "two finite numbers in order", case.where)
    return Passed(f"± {size:.2g}" if size is not None else f"{low:.4g} to {high:.4g}")


def pure(case: Measuring) -> Finding:
    """The same samples give the same number, and are left unchanged."""
    one, other = case.measure(case.samples), case.measure(case.samples)
    if not one.equals(other):
        return Failed(f"a second call gave {other.value}, the first one {one.value}", "the same", case.where)
    metric = case.metric.cls()
    data = case.each(metric, case.samples, range(len(case.examples)))
    given: Sequence[Any] = [case.together(metric, data, range(len(data)))] if isinstance(metric, SetMetric) else data
    before = [{name: tensor.clone() for name, tensor in _tensors(each)} for each in given]
    for each in given:
        metric.compute(each)  # type: ignore[attr-defined]
    for each, kept in zip(given, before, strict=True):
        for name, tensor in _tensors(each):
            if not bool((tensor == kept[name]).all()):
                return Failed(f"compute() changed {name} in place", "its input unchanged", case.where)
    return Passed("the same samples give the same number, and are left unchanged")


def _tensors(data: Any) -> Iterator[tuple[str, Tensor]]:
    """Yield the names and values of the tensors that a metric is given."""
    import torch

    fields = {each.name: getattr(data, each.name) for each in dataclasses.fields(data)}
    features = fields.pop("features", {})
    yield from ((f"features[{name!r}]", value) for name, value in features.items())
    yield from ((name, value) for name, value in fields.items() if isinstance(value, torch.Tensor))
    if fields.get("real") is not None:
        yield from ((f"real.{name}", getattr(data.real, name)) for name in ("pooled", "sketch", "reference_pooled"))


def global_state(case: Measuring) -> Finding:
    """No global random generator is read or changed."""
    values = []
    for seed in (1, 2):
        state.seed_generators(seed)
        before = state.read(state.generators())
        values.append(case.measure(case.samples))
        changed = [name for name, value in state.read(state.generators()).items() if value != before[name]]
        if changed:
            expected = "randomness from benchbench.core.noise.stream(…) alone"
            return Failed(f"compute() uses the global generator of {changed[0]}", expected, case.where)
    if not values[0].equals(values[1]):
        return Failed("its value depends on the seed of a global generator", "the same value", case.where)
    return Passed("torch, numpy and random are left alone")


def order(case: Measuring) -> Finding:
    """The order of the conditions does not matter."""
    if issubclass(case.metric.cls, ConditionMetric):
        return Passed("each condition is computed alone")
    forth, back = case.measure(case.samples), case.measure(case.samples, range(len(case.examples))[::-1])
    off = abs(forth.value - back.value)
    if off <= SAME * max(abs(forth.value), 1e-3):
        return Passed("the order of the conditions does not matter")
    seen = f"{back.value:.6g} with the conditions in reverse, {forth.value:.6g} in order"
    if off <= (forth.standard_error or 0):
        return Warned(seen, "less than its standard error, but another order is another number")
    return Failed(seen, "the same: a set has no order", case.where)


def degenerate(case: Measuring) -> Finding:
    """It is finite where all samples of a condition are the same, and where all samples are."""
    repeated = case.samples[:, :1].expand_as(case.samples).contiguous()
    constant = repeated[:1].expand_as(repeated).contiguous()
    values = []
    for what, samples in (("of a condition", repeated), ("of all conditions", constant)):
        try:
            found = case.measure(samples)
        except BenchbenchError as error:
            return Warned(f"where all samples {what} are the same it refuses: {error}", "a number is more useful")
        if not found.is_finite():
            seen = f"where all samples {what} are the same it is {found.value} ± {found.standard_error}"
            return Failed(seen, "a finite number", case.where)
        values.append(f"{found.value:.4g}")
    return Passed(f"{values[0]} for one sample per condition, {values[1]} for one sample in all")


CHECKS = (
    Check(computes),
    Check(error, needs=("computes",)),
    Check(pure, needs=("computes",)),
    Check(global_state, needs=("computes",)),
    Check(order, needs=("computes", "pure", "global-state")),
    Check(degenerate, needs=("computes", "error")),
)
