"""The condition is not used."""

from dataclasses import dataclass

import benchbench


@dataclass
class IgnoresCondition(benchbench.Method):
    name = "ignores-condition"

    def prepare(self, task, device, checkpoint): ...

    def sample(self, conditions, num_samples, noise):
        return noise.integers(256, 3, 32, 32).byte()


@benchbench.hookimpl
def benchbench_methods():
    return [IgnoresCondition]
