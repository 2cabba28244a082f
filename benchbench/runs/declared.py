"""What a run's method was trained with, from its author's declaration and its checkpoint."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from benchbench.core import Method, Task
from benchbench.core.declaration import OWN, Declaration
from benchbench.evaluation.answers import shipped_checkpoint
from benchbench.training.checkpoints import origin


def declared(method: Method, task: Task, checkpoint: Path | None, distribution: str) -> Declaration | None:
    """Return what is declared of a method with its checkpoint on a task; `None` where nothing is known.

    What the checkpoint says of the extractors that it was trained against counts before the author's word. Weights that
    ship with the method are published, in its distribution.
    """
    said = method.declaration()
    about = (origin(checkpoint) if checkpoint else None) or {}
    against = about.get("trained_against")
    if said is None and against is None:
        return None
    found = said or Declaration()
    if isinstance(against, list) and all(isinstance(each, str) for each in against):
        found = dataclasses.replace(found, trained_against=tuple(against))
    if found.data is not None:
        found = dataclasses.replace(found, data=tuple(task.name if each == OWN else each for each in found.data))
    if checkpoint is not None and not found.weights and checkpoint == shipped_checkpoint(method, task):
        found = dataclasses.replace(found, weights=f"shipped with {distribution}")
    return found


def edited_declaration(said: Declaration | None, found: Declaration | None) -> str:
    """Return what a record declares that its method and its checkpoint do not; empty where they agree."""
    if said is None:
        return ""
    own = found or Declaration()
    for name in ("data", "pretrained", "trained_against"):
        if getattr(said, name) != getattr(own, name):
            return f"declaration.{name} of the record is not what its method and checkpoint say: it was edited"
    return ""
