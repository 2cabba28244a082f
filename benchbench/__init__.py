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
    Method,
    MissingData,
    ModeTask,
    Protocol,
    SampleSet,
    SampleSpace,
    SetMetric,
    SuperResolutionTask,
    Task,
    Trainer,
    Unsupported,
)
from benchbench.hookspecs import hookimpl
from benchbench.noise import Noise
from benchbench.records import Record, Score

__version__ = "0.1.0"

__all__ = [
    "BadSample",
    "BenchbenchError",
    "ConditionMetric",
    "ConditionSamples",
    "Conditions",
    "Estimate",
    "Example",
    "Executor",
    "FeatureExtractor",
    "Method",
    "MissingData",
    "ModeTask",
    "Noise",
    "Protocol",
    "Record",
    "SampleSet",
    "SampleSpace",
    "Score",
    "SetMetric",
    "SuperResolutionTask",
    "Task",
    "Trainer",
    "Unsupported",
    "__version__",
    "hookimpl",
]
