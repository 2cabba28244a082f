"""A file in the working directory."""

from dataclasses import dataclass
from pathlib import Path

import benchbench


@dataclass
class WritesHere(benchbench.Method):
    name = "writes-here"

    def prepare(self, task, device, checkpoint): ...

    def sample(self, conditions, num_samples, noise):
        with Path("log.txt").open("a") as log:
            log.write(f"{conditions.ids}\n")
        return (conditions["image"][:, None].float() + 40 * noise.normal(3, 1, 1)).clamp(0, 255).byte()


@benchbench.hookimpl
def benchbench_methods():
    return [WritesHere]
