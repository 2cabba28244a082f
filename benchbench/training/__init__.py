"""What plugins build trained methods from; training itself is the suite's service (`benchbench.training.fit`)."""

from benchbench.core.engine import Engine, set_rate
from benchbench.core.trainer import Trainer
from benchbench.training.method import (
    TrainedMethod,
    TrainingSet,
    from_bytes,
    network_inputs,
    require_form,
    require_images,
    require_kind,
    to_samples,
)

__all__ = [
    "Engine",
    "TrainedMethod",
    "Trainer",
    "TrainingSet",
    "from_bytes",
    "network_inputs",
    "require_form",
    "require_images",
    "require_kind",
    "set_rate",
    "to_samples",
]
