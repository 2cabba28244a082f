"""What reporters learn of runs and trainings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class RunInfo:
    """What reporters learn of a run."""

    task: str
    method: str
    """Its label: the name with the options that are not the default's."""
    run_id: str
    directory: Path
    seed: int
    num_shards: int


@dataclass(frozen=True)
class TrainingInfo:
    """What reporters learn of a training."""

    task: str
    method: str
    """Its label: the name with the options that are not the default's."""
    seed: int
    num_steps: int
    checkpoint: Path
    """Where the trained weights will be."""
