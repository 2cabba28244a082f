"""The contract of a metric's value: a pure function of samples, finite where they are."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from benchbench.contract import state
from benchbench.contract.findings import Check, Failed, Finding, Passed, Skipped, Warned
from benchbench.contract.measured import SAMPLES, Measuring
from benchbench.core import BenchbenchError, ConditionMetric, MissingData, SetMetric

if TYPE_CHECKING:
    from torch import Tensor

SAME = 1e-6
"""Relative difference up to which two orders of summation agree."""


def computes(case: Measuring) -> Finding:
    """It gives a finite number for samples that are near the truth."""
    import torch

    try:
        case.examples  # noqa: B018 (they are computed here)
    except MissingData as error:
        return Skipped(str(error))
    found = case.first
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
    found = case.first
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
    one, other = case.first, case.measure(case.samples)
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
    forth, back = case.first, case.measure(case.samples, range(len(case.examples))[::-1])
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
