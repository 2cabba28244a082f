"""All that the plugin takes of benchbench's services for trained methods, in one place."""

from benchbench.engine import Engine, set_rate
from benchbench.trained import TrainedMethod, TrainingSet, to_samples

__all__ = ["Engine", "TrainedMethod", "TrainingSet", "set_rate", "to_samples"]
