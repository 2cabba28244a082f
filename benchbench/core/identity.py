"""What a run is identified by."""

from __future__ import annotations

from typing import Any

from benchbench.core.record import Record

IDENTITY = 2
"""The form of identities; that of records of schema 1 was 1."""


def identity_of(record: Record) -> dict[str, Any]:
    """Return everything that could change the run's numbers, whose hash is its id."""
    method = record.method
    identity: dict[str, Any] = {
        "schema": min(record.schema, IDENTITY),
        "task": record.task.facts,
        "protocol": record.protocol.numbers(),
        "method": {
            "name": method.name,
            "version": method.version,
            "options": method.options,
            "checkpoint": method.checkpoint,
        },
        "seed": record.seed,
        "device": record.environment.device.split(":")[0],
        "scores": {score.id: score.weight_hash for score in record.scores},
    }
    if record.batch_size is not None:
        identity["batch_size"] = record.batch_size
    if record.fast is not None:
        identity["fast"] = True
    return identity
