"""What makes a run itself: everything that can change its numbers, whose hash is the run id."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchbench.core import Method, Protocol, Task
from benchbench.core.record import RecordedTask
from benchbench.evaluation.answers import visible_to
from benchbench.evaluation.session import Session
from benchbench.system.hashes import checkpoint_hash

SCHEMA = 2
"""Of the identity of a run; part of it."""


def identity_of_run(session: Session, method: Method, checkpoint: Path | None, batch_size: int) -> dict[str, Any]:
    """Return everything that can change the numbers of a run."""
    identity: dict[str, Any] = {
        "schema": SCHEMA,
        "task": recorded_task(session).facts,
        "protocol": session.protocol.numbers(),
        "method": {
            "name": method.name,
            "version": method.version,
            "options": method.options(),
            "checkpoint": hash_of(method, session.task, checkpoint, session.protocol) if checkpoint else None,
        },
        "seed": session.seed,
        "device": session.device.split(":")[0],
        "scores": {score.identity: score.weight_hash for score in session.scores},
    }
    if method.uses_batch_generator:
        identity["batch_size"] = batch_size
    if session.fast:
        identity["fast"] = True
    return identity


def recorded_task(session: Session) -> RecordedTask:
    """Return the task of a session as its records name it."""
    task = session.task
    return RecordedTask(task.name, task.version, session.fingerprint, task.test_draw)


def hash_of(method: Method, task: Task, checkpoint: Path, protocol: Protocol) -> str:
    """Return the SHA-256 of what a run reads of its checkpoint: what the method says, or all of its files."""
    return method.checkpoint_hash(visible_to(method, task), checkpoint, protocol) or checkpoint_hash(checkpoint)
