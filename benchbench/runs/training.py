"""What a run's checkpoint says of its training."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from benchbench.core import BenchbenchError
from benchbench.core.record import RecordedTraining
from benchbench.evaluation.fingerprint import fingerprint
from benchbench.evaluation.session import Session
from benchbench.runs.finished import curve_of, verdict
from benchbench.training.checkpoints import origin


def training_of(checkpoint: Path | None, session: Session) -> RecordedTraining | None:
    """Return how a checkpoint was trained; `None` where nothing is known of it.

    Raise `BenchbenchError` if it is of another task, or of a time when the task had other data.
    """
    about = origin(checkpoint) if checkpoint else None
    if about is None or not isinstance(about.get("task"), dict):
        return None
    task = session.task.name
    known = fingerprint(session.task.drawn(0)) if session.task.test_draw else session.fingerprint
    name = about["task"].get("name", task)
    if name != task:
        raise BenchbenchError(f"{checkpoint} was trained on {name}, not on {task}")
    then = about["task"].get("fingerprint", known)
    if then != known:
        raise BenchbenchError(
            f"{checkpoint} was trained when {task} had other data"
            f" ({then[:8]}, now {known[:8]}): what is tested now may have trained it"
        )
    made = about.get("made_with", {})
    finished, why = verdict(about)
    spent = about.get("spent") or {}
    return RecordedTraining(
        seed=about.get("seed"),
        steps=made.get("steps"),
        device=about.get("device"),
        processor=made.get("processor"),
        torch=made.get("torch"),
        precision=about.get("precision") or "float32",
        finished=finished,
        why=why,
        curve=curve_of(about),
        core_seconds=spent.get("core_seconds"),
        gpu_seconds=spent.get("gpu_seconds"),
    )


def edited_training(said: RecordedTraining | None, found: RecordedTraining | None) -> str:
    """Return what a record says of its training that the checkpoint does not; empty where they agree.

    What the record leaves open, as those of earlier versions do, is not compared.
    """
    if said is None or found is None:
        return ""
    for name, default in ((field.name, field.default) for field in dataclasses.fields(RecordedTraining)):
        own, other = getattr(said, name), getattr(found, name)
        if own not in (default, other):
            return f"training.{name} of the record is not what its checkpoint says: it was edited"
    return ""
