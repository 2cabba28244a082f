"""Records made by hand, for tests of what is done with records."""

import dataclasses

from benchbench.core.record import (
    Environment,
    PairedValues,
    Record,
    RecordedMethod,
    RecordedProtocol,
    RecordedTask,
    RecordedTraining,
    Score,
)
from benchbench.core.uncertainty import STANDARD_ERROR, Uncertainty
from benchbench.tasks.toy_shapes import ToyShapes

TASK = RecordedTask("toy-shapes", 1, "f" * 64)
PROTOCOL = RecordedProtocol("mrgan", 1, 300, 20, 10, "disjoint", False)
CREATED = "2026-01-01T00:00:00+00:00"


def score(metric, value=0.2, error=0.01, n=300, **changes):
    """Return a score with a plain standard error."""
    uncertainty = None if error is None else Uncertainty(STANDARD_ERROR, n, n)
    return dataclasses.replace(Score(f"{metric}@1", metric, None, value, error, uncertainty, n, False), **changes)


def method(name, **changes):
    """Return a method as recorded, untrained; `real` reads the answers."""
    own = {"version": 1, "options": {}, "label": name, "distribution": "", "checkpoint": None}
    return RecordedMethod(**{"name": name, "reference": name == "real", **own, **changes})


def make(name="mine", value=0.2, error=0.01, **changes):
    """Return a record of toy-shapes with this value of each metric."""
    fields = {
        "task": TASK,
        "protocol": PROTOCOL,
        "method": method(name),
        "seed": 0,
        "status": "ok",
        "reason": "",
        "scores": tuple(score(metric, value, error) for metric in ToyShapes.metrics),
        "created": CREATED,
        "environment": Environment(device="cpu"),
    }
    return Record(**{**fields, **changes})


def with_values(name, *values, **changes):
    """Return a record whose ranking score is the mean of these values, one per condition."""
    paired = PairedValues(ToyShapes.metrics[0], tuple(values), tuple(range(len(values))))
    return make(name, sum(values) / len(values), paired=paired, **changes)


def trained(name, training_seed, *values, steps=1000, own=None, **changes):
    """Return a record of a method trained with this seed, of whose ranking score these are the values."""
    training = RecordedTraining(seed=training_seed, steps=steps, device="cpu")
    stated = {"options": {"width": 3}, "reference": False, "checkpoint": f"{training_seed:064d}", "training": training}
    return with_values(name, *values, method=method(name, **{**stated, **(own or {})}), **changes)


def changed(record, **changes):
    """Return the record with scores changed: by metric's name, what becomes of them."""
    scores = tuple(dataclasses.replace(s, **changes.get(s.name.replace("-", "_"), {})) for s in record.scores)
    return dataclasses.replace(record, scores=scores)
