"""What a row costs: parameters, evaluations and seconds per sample, and its training; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import fmean, median

from benchbench.core.record import Record
from benchbench.leaderboards.rows import Row


@dataclass(frozen=True)
class RowCost:
    """The cost of one row; of several trainings the median, and of what training cost the mean."""

    parameters: int | None
    """Of the networks that sample."""
    evaluations: float | None
    """How often the layer that is used most is evaluated for a sample (NFE)."""
    seconds: float | None
    """Per sample, sampling alone."""
    is_mean: bool
    """The seconds are the mean over a run of an earlier version, which kept no median over its calls."""
    core_seconds: float | None
    """Processor time of one training."""
    gpu_seconds: float | None
    """Time on GPUs of one training, times their number."""


def cost_of(row: Row) -> RowCost:
    """Return what the row costs."""
    records = row.records
    costs = [record.cost for record in records if record.cost]
    parameters = [cost.parameters for cost in costs if cost.parameters is not None]
    return RowCost(
        parameters=round(median(parameters)) if parameters else None,
        evaluations=_median(cost.evaluations_per_sample for cost in costs),
        seconds=_median(map(_seconds, records)),
        is_mean=any(record.cost is None and record.timing is not None for record in records),
        core_seconds=_mean(record.training.core_seconds if record.training else None for record in records),
        gpu_seconds=_mean(record.training.gpu_seconds if record.training else None for record in records),
    )


def _seconds(record: Record) -> float | None:
    if record.cost is not None:
        return record.cost.seconds_per_sample
    return record.timing.seconds_per_image if record.timing else None


def _median(values: Iterable[float | None]) -> float | None:
    found = [value for value in values if value is not None]
    return median(found) if found else None


def _mean(values: Iterable[float | None]) -> float | None:
    """Return the mean, or `None` where one is not known: a row's trainings cost about the same, or say nothing."""
    found = list(values)
    known = [value for value in found if value is not None]
    return fmean(known) if known and len(known) == len(found) else None
