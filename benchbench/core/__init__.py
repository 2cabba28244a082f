"""The nouns of the suite, and its errors; nothing heavy is imported here.

A task gives conditions with references; a method samples several images for each condition; feature extractors turn
images into vectors; metrics turn vectors into scores; a run is one record.
"""

from benchbench.core.errors import (
    BadSample,
    BenchbenchError,
    Busy,
    Diverged,
    MissingData,
    UnknownName,
    Unsupported,
    WrongUsage,
)
from benchbench.core.example import Conditions, Example, SampleSpace
from benchbench.core.executor import Executor, RunInfo, TrainingInfo
from benchbench.core.method import Method, Trainer
from benchbench.core.metric import (
    ConditionMetric,
    ConditionSamples,
    Estimate,
    FeatureExtractor,
    Metric,
    SampleSet,
    SetMetric,
    Thresholds,
)
from benchbench.core.protocol import Protocol
from benchbench.core.task import InpaintingTask, ModeTask, SuperResolutionTask, Task
from benchbench.core.uncertainty import Threshold, Uncertainty

__all__ = [
    "BadSample",
    "BenchbenchError",
    "Busy",
    "ConditionMetric",
    "ConditionSamples",
    "Conditions",
    "Diverged",
    "Estimate",
    "Example",
    "Executor",
    "FeatureExtractor",
    "InpaintingTask",
    "Method",
    "Metric",
    "MissingData",
    "ModeTask",
    "Protocol",
    "RunInfo",
    "SampleSet",
    "SampleSpace",
    "SetMetric",
    "SuperResolutionTask",
    "Task",
    "Threshold",
    "Thresholds",
    "Trainer",
    "TrainingInfo",
    "Uncertainty",
    "UnknownName",
    "Unsupported",
    "WrongUsage",
]
