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
    Undefined,
    UnknownName,
    Unsupported,
    WrongUsage,
)
from benchbench.core.events import RunInfo, TrainingInfo
from benchbench.core.example import Conditions, Example, SampleSpace
from benchbench.core.executor import Executor
from benchbench.core.features import FeatureExtractor, WeightFile
from benchbench.core.jobs import Job, Outcome, Queue
from benchbench.core.linear import LinearObservation
from benchbench.core.method import Method
from benchbench.core.metric import (
    ConditionFeatures,
    ConditionMetric,
    ConditionSamples,
    Estimate,
    FeatureSet,
    Metric,
    RealSet,
    SampleSet,
    SetMetric,
    Thresholds,
)
from benchbench.core.prior import KnownPrior
from benchbench.core.protocol import Protocol
from benchbench.core.task import InpaintingTask, ModeTask, SuperResolutionTask, Task
from benchbench.core.trainer import Trainer
from benchbench.core.uncertainty import Threshold, Uncertainty

__all__ = [
    "BadSample",
    "BenchbenchError",
    "Busy",
    "ConditionFeatures",
    "ConditionMetric",
    "ConditionSamples",
    "Conditions",
    "Diverged",
    "Estimate",
    "Example",
    "Executor",
    "FeatureExtractor",
    "FeatureSet",
    "InpaintingTask",
    "Job",
    "KnownPrior",
    "LinearObservation",
    "Method",
    "Metric",
    "MissingData",
    "ModeTask",
    "Outcome",
    "Protocol",
    "Queue",
    "RealSet",
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
    "Undefined",
    "UnknownName",
    "Unsupported",
    "WeightFile",
    "WrongUsage",
]
