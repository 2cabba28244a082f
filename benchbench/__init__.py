"""benchbench: how realistic and how diverse is a conditional image generator, given its input, and how sure are we?"""

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
    Thresholds,
    Trainer,
    TrainingInfo,
    Unsupported,
)
from benchbench.door import Evaluation, evaluate
from benchbench.engine import Engine
from benchbench.hookspecs import hookimpl
from benchbench.noise import Noise
from benchbench.records import Edition, Record, Score

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
    "Thresholds",
    "Trainer",
    "TrainingInfo",
    "Unsupported",
    "__version__",
    "evaluate",
    "hookimpl",
]
