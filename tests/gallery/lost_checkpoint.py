"""A default checkpoint that does not ship."""

from dataclasses import dataclass
from pathlib import Path

import benchbench


@dataclass
class LostCheckpoint(benchbench.Method):
    name = "lost-checkpoint"

    def prepare(self, task, device, checkpoint): ...

    def default_checkpoint(self, task):
        return Path(__file__).parent / "weights" / f"{task.name}.safetensors"

    def sample(self, conditions, num_samples, noise):
        return (conditions["image"][:, None].float() + 40 * noise.normal(3, 1, 1)).clamp(0, 255).byte()


@benchbench.hookimpl
def benchbench_methods():
    return [LostCheckpoint]
