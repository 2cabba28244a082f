"""benchbench: how realistic and how diverse is a conditional image generator, given its input, and how sure are we?"""

from benchbench.api import Evaluation, evaluate
from benchbench.core import (
    BadSample,
    BenchbenchError,
    ConditionMetric,
    Conditions,
    ConditionSamples,
    Estimate,
    Example,
    Executor,
    FeatureExtractor,
    InpaintingTask,
    Method,
    MissingData,
    ModeTask,
    Protocol,
    RunInfo,
    SampleSet,
    SampleSpace,
    SetMetric,
    SuperResolutionTask,
    Task,
    Threshold,
    Thresholds,
    Trainer,
    TrainingInfo,
    Uncertainty,
    Unsupported,
)
from benchbench.core.edition import Edition
from benchbench.core.engine import Engine
from benchbench.core.noise import Noise
from benchbench.core.record import Record, Score
from benchbench.hookspecs import hookimpl

__version__ = "0.1.0"

__all__ = [
    "BadSample",
    "BenchbenchError",
    "ConditionMetric",
    "ConditionSamples",
    "Conditions",
    "Edition",
    "Engine",
    "Estimate",
    "Evaluation",
    "Example",
    "Executor",
    "FeatureExtractor",
    "InpaintingTask",
    "Method",
    "MissingData",
    "ModeTask",
    "Noise",
    "Protocol",
    "Record",
    "RunInfo",
    "SampleSet",
    "SampleSpace",
    "Score",
    "SetMetric",
    "SuperResolutionTask",
    "Task",
    "Threshold",
    "Thresholds",
    "Trainer",
    "TrainingInfo",
    "Uncertainty",
    "Unsupported",
    "__version__",
    "evaluate",
    "hookimpl",
]
